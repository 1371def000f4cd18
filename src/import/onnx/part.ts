import { InputError, mismatch } from '../../errors.js';
import { attributeOf } from '../../onnx/attributes.js';
import { inputsOf, type NodeProto, nameOf, type OnnxModel } from '../../onnx/decode.js';
import { didYouMean } from '../../suggest.js';
import { FINAL, logitsBehind, NEUTRAL } from '../canonical/logits.js';
import { inOrder } from '../in-order.js';
import { NAMES_OF_CLASSES } from './fused/linear-models.js';

/** The nodes of a model that its logits need. */
export interface ModelPart {
  readonly nodes: readonly NodeProto[];
  /** Name of the logits. */
  readonly output: string;
  /** Names of all values that the nodes read. */
  readonly reads: ReadonlySet<string>;
  /** Names of the classes that the output has; empty where the file has none. */
  readonly labels: readonly string[];
  /** The output that was taken: what was asked for, or by default. */
  readonly asked: string;
}

/**
 * The part of a model up to the logits of an output: a value, or a node by its name; by default the model's first
 * output that is no label. A Softmax, LogSoftmax or Sigmoid at the end is cut off. Nodes stand behind those that they
 * read, in whatever order the file has them.
 * @throws InputError when the model has no such output, computes a value twice or in a circle, or lacks one that the
 * part reads.
 */
export function partFor(model: OnnxModel, name?: string): ModelPart {
  const sources = new Set([...model.initializers.keys(), ...model.inputs.map((input) => input.name)]);
  const producers = producersOf(model.nodes, sources);
  const asked =
    name ?? model.outputs.find((output) => !labelling(output, producers)) ?? model.outputs[0] ?? '';
  const value = producers.has(asked) ? asked : model.nodes.find((node) => nameOf(node) === asked)?.output[0];
  if (!value) {
    throw mismatch({
      what: 'output',
      where: 'ONNX model',
      expected: `a value or node, such as ${model.outputs.slice(0, 3).join(', ')}`,
      got: `'${asked}'${didYouMean(asked, [...producers.keys(), ...model.nodes.map(nameOf)])}`,
    });
  }
  const output = logitsBehind(value, stepsOf(producers));
  refuseLabels(output, producers, model.outputs);
  const reads = new Map<NodeProto, string[]>();
  const open = [output];
  for (let read = open.pop(); read !== undefined; read = open.pop()) {
    const node = producers.get(read);
    if (!node || reads.has(node)) continue;
    const inputs = inputsOf(node);
    const unknown = inputs.find((input) => !producers.has(input) && !sources.has(input));
    if (unknown !== undefined)
      throw new InputError(`node '${nameOf(node)}' reads '${unknown}', which nothing computes`);
    reads.set(node, inputs);
    for (const input of inputs) open.push(input);
  }
  const needed = model.nodes.filter((node) => reads.has(node));
  const sorted = inOrder(
    needed,
    (node) => (reads.get(node) ?? []).flatMap((read) => producers.get(read) ?? []),
    (node) => `node '${nameOf(node)}'`,
  );
  return {
    nodes: sorted,
    output,
    reads: new Set([output, ...[...reads.values()].flat()]),
    labels: labelsOf(value, producers),
    asked,
  };
}

/** The node that computes each value; `known` are the values that nothing computes. */
function producersOf(nodes: readonly NodeProto[], known: ReadonlySet<string>): Map<string, NodeProto> {
  const producers = new Map<string, NodeProto>();
  for (const node of nodes) {
    for (const output of node.output.filter(Boolean)) {
      if (producers.has(output) || known.has(output))
        throw new InputError(`node '${nameOf(node)}' computes '${output}', which is there already`);
      producers.set(output, node);
    }
  }
  return producers;
}

/** What makes a label of numbers, one a class. */
const LABELLING = new Set(['ArgMax', 'ArgMin', 'TopK', 'Hardmax']);

/** The node that makes a label of numbers, if that is what an output is. */
function labelling(output: string, producers: ReadonlyMap<string, NodeProto>): NodeProto | undefined {
  const node = behind(output, producers, ({ op_type }) => !NEUTRAL.has(op_type));
  return node && LABELLING.has(node.op_type) ? node : undefined;
}

/** Names of classes that the nodes at the end of a network hold. */
function labelsOf(output: string, producers: ReadonlyMap<string, NodeProto>): string[] {
  const names = (node: NodeProto) => attributeOf(node, NAMES_OF_CLASSES);
  const node = behind(
    output,
    producers,
    (node) => names(node) !== undefined || !(NEUTRAL.has(node.op_type) || FINAL.has(node.op_type)),
  );
  return ((node && names(node)?.strings) ?? []).map((name) => Buffer.from(name).toString());
}

/** The first node, from the one that computes a value back by what each reads first, that `ends` the search. */
function behind(
  value: string,
  producers: ReadonlyMap<string, NodeProto>,
  ends: (node: NodeProto) => boolean,
): NodeProto | undefined {
  let node = producers.get(value);
  for (let steps = 0; node && !ends(node) && steps < producers.size; steps++)
    node = producers.get(node.input[0] ?? '');
  return node;
}

/** @throws InputError when an output is a label, with the name of the one to ask for */
function refuseLabels(
  output: string,
  producers: ReadonlyMap<string, NodeProto>,
  outputs: readonly string[],
): void {
  const node = labelling(output, producers);
  if (!node) return;
  const scores = node.input[0] ?? '';
  const logits = logitsBehind(scores, stepsOf(producers));
  const alike = outputs.find(
    (other) => other === scores || logitsBehind(other, stepsOf(producers)) === logits,
  );
  throw mismatch({
    what: 'output',
    where: output,
    expected: `one number a class (here it is output: ${alike ?? scores})`,
    got: `a class, by ${node.op_type} '${nameOf(node)}'`,
  });
}

/** What {@link logitsBehind} goes back by. */
function stepsOf(producers: ReadonlyMap<string, NodeProto>): Parameters<typeof logitsBehind>[1] {
  return (value) => {
    const node = producers.get(value);
    return node && { op: node.op_type, source: node.input[0] };
  };
}
