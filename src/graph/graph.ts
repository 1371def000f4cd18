import { neededFor } from './needed.js';
import type { ElementType, Tensor } from './tensor.js';

/**
 * The one intermediate form. Nodes carry ONNX operator semantics (opset {@link OPSET}), stand in topological
 * order and name their values; constants are values too. Every network is imported into it, every explanation is
 * compiled to it, and the engine runs it.
 */
export interface Graph {
  readonly name: string;
  /** The first is what is explained; others (masks) are given with it. */
  readonly inputs: readonly GraphInput[];
  /** Names of the values that a run returns. */
  readonly outputs: readonly string[];
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** All that some readers need of a graph. */
export type Constants = Pick<Graph, 'constants'>;

export interface GraphInput {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
  /** Whether a layer made it (embeddings of words): then nothing behind it is preparation. */
  readonly embedded?: true;
}

/** Dimensions of a value. The first one is {@link BATCH} for every value that depends on an input. */
export type Shape = readonly number[];

/** A shape as users read it: [batch, 3, 224, 224]. */
export function showShape(shape: Shape): string {
  return `[${shape.map((dim) => (dim === BATCH ? 'batch' : dim)).join(', ')}]`;
}

/** Stands for the number of samples in a batch, which is free at run time. */
export const BATCH = -1;

/** Stands for a dimension of an input that is free at run time and has nothing to do with any other. */
export const FREE = -2;

/** The ONNX operator set that graphs are written in. */
export const OPSET = 18;

export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/**
 * One operator. Plain numbers in `attributes` are ONNX integers; floats are wrapped as `{float}` so that the
 * written model needs no table of attribute types. An absent optional input is the empty string.
 */
export interface Node {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /**
   * Name of the node that this one completes, by constant factors or summands: for rules, positions and tables the two are
   * one operator, the other one.
   */
  readonly completes?: string;
}

/** The nodes but for those that complete others: one for each operator of the network. */
export function layersOf(nodes: readonly Node[]): Node[] {
  return nodes.filter(({ completes }) => completes === undefined);
}

/** Stands in the names of values that are derived from others, and is kept out of names that files give. */
export const DERIVED = '›';

/** The name of what is derived from a value. */
export function derivedFrom(value: string, what: string): string {
  return `${value}${DERIVED}${what}`;
}

/** The first output's name: the one value that every operator of a forward network has. */
export function outputOf(node: Node): string {
  return node.outputs[0] as string;
}

/** The name of a network's logits: its first output. Graphs that compute more have it behind them. */
export function logitsName({ outputs }: Pick<Graph, 'outputs'>): string {
  return outputs[0] as string;
}

/** The name of the i-th input, or the empty string when it is absent. */
export function inputOf(node: Node, index = 0): string {
  return node.inputs[index] ?? '';
}

/** An integer-list attribute (kernel_shape, pads...); throws when the node lacks it. */
export function intsOf(node: Node, attribute: string): readonly number[] {
  const value = node.attributes[attribute];
  if (!Array.isArray(value)) throw new Error(`${node.op} '${node.name}' has no integer list '${attribute}'`);
  return value as readonly number[];
}

/** An integer attribute, or the fallback when the node lacks it. */
export function intOf(node: Node, attribute: string, fallback: number): number {
  const value = node.attributes[attribute];
  return typeof value === 'number' ? value : fallback;
}

/** A float attribute, or the fallback when the node lacks it. */
export function floatOf(node: Node, attribute: string, fallback: number): number {
  const value = node.attributes[attribute];
  return typeof value === 'object' && 'float' in value ? value.float : fallback;
}

/** The constant behind an input, or undefined when the input is absent or computed. */
export function constantInput(graph: Constants, node: Node, index: number): Tensor | undefined {
  return graph.constants.get(inputOf(node, index));
}

/** The nodes that read each value, in graph order. */
export function consumersOf(graph: Graph): Map<string, Node[]> {
  const consumers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      const readers = consumers.get(input);
      if (readers) readers.push(node);
      else consumers.set(input, [node]);
    }
  }
  return consumers;
}

/** The node that computes each value. */
export function producersOf(graph: Graph): Map<string, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

/** The nodes whose outputs depend on some values, in graph order. */
export function nodesBehind({ nodes }: Pick<Graph, 'nodes'>, values: readonly string[]): Node[] {
  const dependent = new Set(values);
  return nodes.filter((node) => {
    const depends = node.inputs.some((input) => dependent.has(input));
    if (depends) for (const output of node.outputs) dependent.add(output);
    return depends;
  });
}

/** The graph with only what its outputs need: no dead nodes, no unread constants. */
export function prune(graph: Graph, outputs: readonly string[] = graph.outputs): Graph {
  const { items: nodes, values } = neededFor(
    graph.nodes,
    outputs,
    (node) => node.outputs,
    (node) => node.inputs,
  );
  const constants = new Map([...graph.constants].filter(([name]) => values.has(name)));
  return { ...graph, outputs, nodes, constants };
}
