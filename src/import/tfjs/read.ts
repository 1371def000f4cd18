import { z } from 'zod';
import { InputError, messageOf, mismatch } from '../../errors.js';
import { checkLimit } from '../../files/limits.js';
import { finishNetwork, type WrittenNetwork } from '../canonical/logits.js';
import { NetworkWriter } from '../canonical/writer.js';
import type { Constant, Operand } from '../constant.js';
import type { NetworkFileReader, ReadOptions } from '../files.js';
import { refuseOpenShape } from '../open-shape.js';
import { firstSample } from './channels-last.js';
import { shown } from './fields.js';
import { graphSchema, programOfGraph } from './graph-model.js';
import { programOfLayers } from './layers-model.js';
import { computed } from './node.js';
import { writeNodes } from './nodes.js';
import { type ProgramPart, partFor } from './part.js';
import type { Program } from './program.js';
import { manifestSchema, readManifest } from './weights.js';

const modelSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  weightsManifest: manifestSchema,
  signature: z.unknown().optional(),
  userDefinedMetadata: z.unknown().optional(),
});

type Model = z.infer<typeof modelSchema>;

/**
 * Reads a TensorFlow.js classifier, model.json and the files of weights beside it, into canonical form, but for its batch
 * normalisations. Its values with channels last are written with channels first.
 * @throws InputError when files are missing or damaged, or hold layers or operators that are not supported (all of them
 * are named).
 */
export async function readTfjs(
  path: string,
  files: NetworkFileReader,
  { name, output, inputShape }: ReadOptions,
): Promise<WrittenNetwork> {
  const model = parseModel(await files.readText(path), path);
  const weights = await readManifest(model.weightsManifest, (shard) =>
    files.readBeside(path, shard, 'weightsManifest'),
  );
  const program = programOf(model, weights, output);
  const part = partFor(program, output);
  const writer = new NetworkWriter(name);
  const [batch = -1] = part.dims;
  const input = writer.input(inputShape ?? sampleOf(part), batch);
  const values = new Map<string, Operand>([...program.constants, [part.input, computed(input)]]);
  writeNodes(part.nodes, values, writer);
  const end = values.get(part.output);
  if (end?.kind !== 'value') throw new InputError(`output '${part.output}' does not depend on the input`);
  return finishNetwork(writer, end.value);
}

function parseModel(text: string, path: string): Model {
  checkLimit('jsonDepth', depthOf(text), path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw mismatch({ what: 'model.json', where: path, expected: 'JSON', got: messageOf(error) });
  }
  return checked(modelSchema, json, path);
}

/** How deep objects and lists of a JSON text lie within one another. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    else if (token === ']' || token === '}') depth--;
  }
  return deepest;
}

/** @throws InputError that says what is missing first, or of another kind */
function checked<T>(schema: z.ZodType<T>, json: unknown, where: string): T {
  const result = schema.safeParse(json, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues as [z.core.$ZodIssue];
  throw mismatch({
    what: 'TensorFlow.js model',
    where: [where, ...issue.path].join(', '),
    expected: issue.message.replace(/^Invalid input: expected /, '').replace(/, received .*$/, ''),
    got: shown(issue.input),
  });
}

function programOf(
  model: Model,
  weights: ReadonlyMap<string, Constant>,
  output: string | undefined,
): Program {
  const { modelTopology: topology, signature, userDefinedMetadata: metadata } = model;
  if (!Array.isArray(topology.node)) return programOfLayers(topology, weights, output);
  const older = (metadata as { signature?: unknown } | undefined)?.signature;
  return programOfGraph(checked(graphSchema, topology, 'modelTopology'), signature ?? older, weights);
}

function sampleOf({ input, dims }: ProgramPart): number[] {
  const sample = dims.slice(1);
  refuseOpenShape(input, sample, 'inputShape that gives them, channels first');
  return firstSample(sample);
}
