import type { Attribute, Graph, GraphInput, Node } from './graph.js';
import { prune } from './graph.js';
import { floatTensor, intTensor, type Tensor } from './tensor.js';

/**
 * Writes a graph node by node, in order. Starts empty or as a copy of an existing graph to which nodes are appended:
 * that is how an explanation is compiled (forward graph first, backward graph behind it).
 */
export class GraphBuilder {
  readonly #inputs: GraphInput[];
  readonly #nodes: Node[];
  readonly #constants: Map<string, Tensor>;
  readonly #taken = new Set<string>();
  /** Names of the constants that are stored once, by their key. */
  readonly #shared = new Map<string, string>();
  /** By name that was asked for and in use: the number behind the next one. */
  readonly #next = new Map<string, number>();
  readonly #name: string;

  constructor(name: string, start?: Graph) {
    this.#name = name;
    this.#inputs = [...(start?.inputs ?? [])];
    this.#nodes = [...(start?.nodes ?? [])];
    this.#constants = new Map(start?.constants ?? []);
    for (const input of this.#inputs) this.#taken.add(input.name);
    for (const node of this.#nodes) this.reserve(node);
    for (const constant of this.#constants.keys()) this.#taken.add(constant);
  }

  /** Adds a graph input and returns its name. */
  input(input: GraphInput): string {
    this.#taken.add(input.name);
    this.#inputs.push(input);
    return input.name;
  }

  /** Appends an operator with one output and returns the output's name (`hint`, made unique). */
  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    hint = op,
  ): string {
    return this.addMany(op, inputs, 1, attributes, hint)[0] as string;
  }

  /** Appends an operator with several outputs and returns their names. */
  addMany(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    hint = op,
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.unique(hint));
    this.#nodes.push({ op, name: outputs[0] as string, inputs, outputs, attributes });
    return outputs;
  }

  /** Appends a node as it is; its outputs must be new. */
  append(node: Node): void {
    this.reserve(node);
    this.#nodes.push(node);
  }

  /** Stores a constant that nothing else shares and returns its name (`hint`, made unique). */
  store(tensor: Tensor, hint: string): string {
    const name = this.unique(hint);
    this.#constants.set(name, tensor);
    return name;
  }

  /**
   * Stores a constant and returns its name: the key, unless something else is called so. With the same `key`, the same
   * constant is stored (and made) once.
   */
  constant(tensor: Tensor | (() => Tensor), key: string): string {
    const name = this.#shared.get(key) ?? this.store(typeof tensor === 'function' ? tensor() : tensor, key);
    this.#shared.set(key, name);
    return name;
  }

  /** A scalar float constant. */
  scalar(value: number): string {
    return this.constant(floatTensor([], [value]), `scalar:${value}`);
  }

  /** A one-dimensional int64 constant. */
  ints(values: readonly number[]): string {
    return this.constant(intTensor([values.length], values), `ints:${values.join(',')}`);
  }

  /** The sum of one or more values; a single one is returned as it is. */
  sum(values: readonly string[], hint = 'sum'): string {
    const [first, ...rest] = values;
    if (first === undefined) throw new Error('cannot sum no values');
    return rest.reduce((total, value) => this.add('Add', [total, value], {}, hint), first);
  }

  /** Keeps new values from being named like a node or its outputs. */
  reserve({ name, outputs }: Node): void {
    for (const taken of [name, ...outputs]) this.#taken.add(taken);
  }

  /** The finished graph, without nodes and constants that the outputs do not need. */
  build(outputs: readonly string[]): Graph {
    return prune({
      name: this.#name,
      inputs: this.#inputs,
      outputs,
      nodes: this.#nodes,
      constants: this.#constants,
    });
  }

  /** A value name that is not in use: the hint, or the hint with a number behind it. */
  unique(hint: string): string {
    let name = hint;
    for (let i = this.#next.get(hint) ?? 1; this.#taken.has(name); i++) {
      name = `${hint}_${i}`;
      this.#next.set(hint, i + 1);
    }
    this.#taken.add(name);
    return name;
  }
}
