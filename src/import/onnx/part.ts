import { InputError, mismatch } from '../../errors.js';
import { inputsOf, type NodeProto, nameOf, type OnnxModel, toNumber } from '../../onnx/decode.js';
import { didYouMean } from '../../suggest.js';

/** The nodes of a model that its logits need. */
export interface ModelPart {
  readonly nodes: readonly NodeProto[];
  /** Name of the logits. */
  readonly output: string;
  /** Names of all values that the nodes read. */
  readonly reads: ReadonlySet<string>;
}

/** What turns logits into probabilities. */
const FINAL = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);

/** What may stand behind it. */
const NEUTRAL = new Set(['Identity', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Cast', 'Dropout']);

/**
 * The part of a model up to the logits of an output: a value, or a node by its name; by default the model's first
 * output. A Softmax, LogSoftmax or Sigmoid at the end is cut off.
 * @throws InputError when the model has no such output, or lacks a value that the part reads.
 */
export function partFor(model: OnnxModel, name?: string): ModelPart {
  const producers = new Map(
    model.nodes.flatMap((node) => node.output.map((output) => [output, node] as const)),
  );
  const asked = name ?? model.outputs[0] ?? '';
  const value = producers.has(asked) ? asked : model.nodes.find((node) => nameOf(node) === asked)?.output[0];
  if (!value) {
    throw mismatch({
      what: 'output',
      where: 'ONNX model',
      expected: `a value or node, such as ${model.outputs.join(', ')}`,
      got: `'${asked}'${didYouMean(asked, [...producers.keys(), ...model.nodes.map(nameOf)])}`,
    });
  }
  const output = logitsBehind(value, producers);
  const inputs = new Set(model.inputs.map(({ name }) => name));
  const reads = new Set([output]);
  const nodes: NodeProto[] = [];
  for (const node of [...model.nodes].reverse()) {
    if (!node.output.some((out) => out && reads.has(out))) continue;
    nodes.unshift(node);
    for (const input of inputsOf(node)) {
      const known = producers.has(input) || model.initializers.has(input) || inputs.has(input);
      if (!known) throw new InputError(`node '${nameOf(node)}' reads '${input}', which nothing computes`);
      reads.add(input);
    }
  }
  return { nodes, output, reads };
}

function logitsBehind(value: string, producers: ReadonlyMap<string, NodeProto>): string {
  let current = value;
  for (let steps = 0; steps < producers.size; steps++) {
    const node = producers.get(current);
    const source = node?.input[0];
    if (!node || !source) return value;
    if (FINAL.has(node.op_type)) return source;
    if (!NEUTRAL.has(node.op_type)) return value;
    current = source;
  }
  return value;
}

/** What a network starts from. */
export interface ModelInput {
  readonly name: string;
  /** Shape without the batch. */
  readonly sample: readonly number[];
  /** The batch size in the file; 0 when it is open. */
  readonly batch: number;
}

/**
 * The one input that the part reads besides weights.
 * @throws InputError when there is not exactly one, or its shape stays open.
 */
export function inputOfModel(part: ModelPart, model: OnnxModel, given?: readonly number[]): ModelInput {
  const inputs = model.inputs.filter(({ name }) => part.reads.has(name) && !model.initializers.has(name));
  const [input] = inputs;
  if (!input || inputs.length > 1) {
    throw mismatch({
      what: 'inputs',
      where: 'ONNX model',
      expected: 'exactly one',
      got: inputs.map(({ name }) => `'${name}'`).join(', ') || 'none',
    });
  }
  const dims = input.type?.tensor_type?.shape?.dim.map((dim) => toNumber(dim.dim_value ?? 0));
  const [batch = 0, ...declared] = dims ?? [];
  const sample = given ?? declared;
  if (sample.length === 0 || !sample.every((dim) => Number.isInteger(dim) && dim > 0)) {
    throw mismatch({
      what: 'shape of the input',
      where: input.name,
      expected: 'fixed dimensions behind the batch (or inputShape that gives them)',
      got: `[${['batch', ...sample.map((dim) => (dim > 0 ? dim : '?'))].join(', ')}]`,
    });
  }
  return { name: input.name, sample, batch };
}
