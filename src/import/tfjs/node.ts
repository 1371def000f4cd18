import type { FloatTensor } from '../../graph/tensor.js';
import type { NetworkWriter } from '../canonical/writer.js';
import { type Constant, type Operand, operandAt, toTensor } from '../constant.js';
import { Unsupported } from '../unsupported.js';
import type { AttributeValue, ProgramNode } from './program.js';

/** A TensorFlow operator with what it reads, for the tables of operators. */
export class TfjsNode {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly #attributes: Readonly<Record<string, AttributeValue>>;

  constructor({ name, attributes }: ProgramNode, operands: readonly Operand[]) {
    this.name = name;
    this.operands = operands;
    this.#attributes = attributes;
  }

  number(attribute: string, fallback: number): number {
    const value = this.#attributes[attribute];
    return typeof value === 'number' ? value : fallback;
  }

  string(attribute: string, fallback: string): string {
    const value = this.#attributes[attribute];
    return typeof value === 'string' ? value : fallback;
  }

  boolean(attribute: string, fallback: boolean): boolean {
    const value = this.#attributes[attribute];
    return typeof value === 'boolean' ? value : fallback;
  }

  /** A list of numbers; undefined when it is absent or empty. */
  numbers(attribute: string): readonly number[] | undefined {
    const value = this.#attributes[attribute];
    return Array.isArray(value) && value.length > 0 ? value.map(Number) : undefined;
  }

  /** The operand at `index`; throws when the node lacks it. */
  operand(index: number): Operand {
    return operandAt(this.operands, index);
  }

  /** The computed value at `index`. */
  value(index = 0): string {
    const operand = this.operand(index);
    if (operand.kind !== 'value') throw new Unsupported(`with a constant as input ${index}`);
    return operand.value;
  }

  constant(index: number): Constant {
    const operand = this.operand(index);
    if (operand.kind === 'value') throw new Unsupported(`with a computed input ${index}`);
    return operand;
  }

  weights(index: number): FloatTensor {
    return toTensor(this.constant(index));
  }

  /** The numbers of a constant (axes, sizes, pads). */
  list(index: number): number[] {
    return Array.from(this.constant(index).data);
  }

  /** The number that a constant is. */
  scalar(index: number): number {
    const { data } = this.constant(index);
    if (data.length !== 1) throw new Unsupported(`with a list as input ${index}`);
    return data[0] as number;
  }
}

/**
 * Writes a node in canonical form and returns what its first output then is, or what all its outputs are.
 * @throws Unsupported when the node is used in a way that has no canonical form.
 */
export type Operator = (node: TfjsNode, writer: NetworkWriter) => Operand | readonly Operand[];

export type OperatorTable = Readonly<Record<string, Operator>>;

/** A computed value as an operand. */
export function computed(value: string): Operand {
  return { kind: 'value', value };
}
