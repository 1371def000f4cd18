import type { Constant } from '../constant.js';

export type AttributeValue = number | string | boolean | readonly number[] | readonly string[];

/** One TensorFlow operator. Its first output is called as the node, the k-th one `name:k`. */
export interface ProgramNode {
  readonly op: string;
  readonly name: string;
  /** Names of values: of nodes' outputs, constants, or inputs of the program. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/**
 * What both kinds of model.json are read into: TensorFlow operators over values with channels last, in any order, with
 * layers taken apart into operators and fused operators into their parts.
 */
export interface Program {
  readonly nodes: ReadonlyMap<string, ProgramNode>;
  readonly constants: ReadonlyMap<string, Constant>;
  /** Dimensions of the inputs, batch first; -1 where the file leaves them open. */
  readonly inputs: ReadonlyMap<string, readonly number[]>;
  /** The values that the file calls outputs, by the names that it gives them. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Other values that a user may ask for, by name. */
  readonly names: ReadonlyMap<string, string>;
}

/** The node that computes a value; undefined for constants and inputs. */
export function producerOf({ nodes }: Pick<Program, 'nodes'>, value: string): ProgramNode | undefined {
  return nodes.get(value) ?? nodes.get(value.replace(/:\d+$/, ''));
}

/** Writes a program operator by operator, in the order they run. */
export class ProgramBuilder {
  readonly #nodes = new Map<string, ProgramNode>();
  readonly #constants = new Map<string, Constant>();
  readonly #inputs = new Map<string, readonly number[]>();
  /** The next number behind a name that is taken. */
  readonly #numbers = new Map<string, number>();

  /** Appends an operator and returns its output's name: `name`, made unique. */
  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    name: string,
  ): string {
    const output = this.#unique(name);
    this.#nodes.set(output, { op, name: output, inputs, attributes });
    return output;
  }

  constant(constant: Constant, name: string): string {
    const key = this.#unique(name);
    this.#constants.set(key, constant);
    return key;
  }

  input(name: string, dims: readonly number[]): string {
    const key = this.#unique(name);
    this.#inputs.set(key, dims);
    return key;
  }

  build(outputs: ReadonlyMap<string, string>, names: ReadonlyMap<string, string>): Program {
    return { nodes: this.#nodes, constants: this.#constants, inputs: this.#inputs, outputs, names };
  }

  #unique(hint: string): string {
    const taken = (name: string) =>
      this.#nodes.has(name) || this.#constants.has(name) || this.#inputs.has(name);
    let number = this.#numbers.get(hint) ?? 0;
    let name = number === 0 ? hint : `${hint}_${number}`;
    while (taken(name)) name = `${hint}_${++number}`;
    this.#numbers.set(hint, number + 1);
    return name;
  }
}
