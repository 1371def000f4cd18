import { createHash } from 'node:crypto';
import { linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import type { FloatTensor } from '../graph/tensor.js';
import { inTemporaryFile, type Model } from './constants.js';
import { type LargeWeights, offsetOf, tensorOf } from './large-weights.js';
import { madeOnce } from './made-once.js';

const FILE = 'weights';

/** What is made of these weights is made anew at every run: it takes as much memory as they do. */
const KEEPING = ['ConstantFolding', 'CommonSubexpressionElimination'] as const;

/**
 * A graph with its large weights in files that all threads map, so that they are in memory once, however many sessions and threads
 * use them.
 *
 * @param graph whose large weights are inputs
 * @param folder that nobody but threads of this process writes to
 * @returns undefined where files cannot be written (a full disk, a system without links)
 */
export async function mappedModel(
  graph: Graph,
  weights: LargeWeights,
  folder: string,
): Promise<Model | undefined> {
  const made = new Map<FloatTensor, string>();
  for (const { source } of weights.values()) {
    const own =
      made.get(source) ??
      (await madeOnce(folder, digestOf(source), (own) => writeFileSync(join(own, FILE), bytesOf(source))));
    if (own === undefined) return undefined;
    made.set(source, own);
  }
  const sources = [...made.keys()];
  const pathOf = (source: FloatTensor) => `${FILE}${sources.indexOf(source)}`;
  try {
    const model = inTemporaryFile(withConstants(graph, weights), (scratch) => {
      for (const [source, own] of made) linkSync(join(own, FILE), join(scratch, pathOf(source)));
      return new Map(
        [...weights].map(([name, rows]) => [name, { path: pathOf(rows.source), offset: offsetOf(rows) }]),
      );
    });
    return { ...model, settings: { ...model.settings, without: KEEPING } };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

function withConstants(graph: Graph, weights: LargeWeights): Graph {
  const inputs = graph.inputs.filter(({ name }) => !weights.has(name));
  const tensors = [...weights].map(([name, rows]) => [name, tensorOf(rows, rows.source.data)] as const);
  return { ...graph, inputs, constants: new Map([...graph.constants, ...tensors]) };
}

function bytesOf({ data: { buffer, byteOffset, byteLength } }: FloatTensor): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

const digests = new WeakMap<FloatTensor, string>();

function digestOf(source: FloatTensor): string {
  const known = digests.get(source) ?? createHash('sha256').update(bytesOf(source)).digest('hex');
  digests.set(source, known);
  return known;
}
