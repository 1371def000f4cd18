import { basename, extname } from 'node:path';
import { InputError } from '../errors.js';
import type { Graph, GraphInput } from '../graph/graph.js';
import { NetworkFileReader } from './files.js';
import { readOnnx } from './onnx/read.js';

/** A classifier in canonical form. */
export interface Network {
  readonly name: string;
  /** From `input` [BATCH, ...inputShape] to `logits` [BATCH, classes]. */
  readonly graph: Graph;
  /** Without the batch: [channels, height, width], [channels, length] or [features]. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** SHA-256 over the files, hexadecimal. */
  readonly hash: string;
  /** Number of weights and biases of the canonical graph. */
  readonly parameters: number;
  /** The graph before batch normalisations were merged: its logits are the same. */
  readonly unmerged: Graph;
}

export interface NetworkFiles {
  /** Path of an .onnx file, of a .caffemodel, or of a .prototxt that gets random weights. */
  readonly weights: string;
  /** Path of the definition that belongs to a .caffemodel. */
  readonly prototxt?: string;
  /** Name of the value or layer to end at; by default the network's (last) classification output. */
  readonly output?: string;
  /** Seed: a prototxt without weights is filled with random numbers. */
  readonly randomWeights?: number;
  /** Input shape without the batch, for networks that leave it open. */
  readonly inputShape?: readonly number[];
}

/**
 * Reads a network from its files and brings it into canonical form.
 * @throws InputError in one line, naming the file, for anything wrong with the files.
 */
export async function loadNetwork(files: NetworkFiles): Promise<Network> {
  const { weights, output, inputShape } = files;
  const reader = new NetworkFileReader();
  try {
    const { graph, unmerged, classes } = await readOnnx(weights, reader, {
      name: basename(weights, extname(weights)),
      ...(output === undefined ? {} : { output }),
      ...(inputShape === undefined ? {} : { inputShape }),
    });
    return {
      name: graph.name,
      graph,
      unmerged,
      inputShape: (graph.inputs[0] as GraphInput).shape.slice(1),
      classes,
      hash: reader.digest(),
      parameters: parametersOf(graph),
    };
  } catch (error) {
    if (!(error instanceof InputError) || error.message.includes(weights)) throw error;
    throw new InputError(`${weights}: ${error.message}`);
  }
}

function parametersOf(graph: Graph): number {
  const linear = graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm');
  const names = new Set(linear.flatMap(({ inputs }) => inputs.slice(1)));
  return [...names].reduce((sum, name) => sum + (graph.constants.get(name)?.data.length ?? 0), 0);
}
