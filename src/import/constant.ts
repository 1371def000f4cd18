import { mismatch } from '../errors.js';
import { type FloatTensor, floatTensor } from '../graph/tensor.js';

/**
 * A number array that is known while a network is imported: weights, and the shape arithmetic that exporters write
 * into networks. Integers are doubles; NaN stands for the batch size, which is only known at run time.
 */
export type Constant = FloatConstant | IntConstant;

export interface FloatConstant {
  readonly kind: 'float';
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export interface IntConstant {
  readonly kind: 'int';
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** What a node reads: a constant, or the name of a value of the canonical graph. */
export type Operand = Constant | { readonly kind: 'value'; readonly value: string };

export function floats(dims: readonly number[], data: Float32Array): FloatConstant {
  return { kind: 'float', dims, data };
}

export function ints(dims: readonly number[], data: ArrayLike<number>): IntConstant {
  return { kind: 'int', dims, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/** The constant with its numbers in the same order under another shape. */
export function reshaped(constant: Constant, dims: readonly number[]): Constant {
  return { ...constant, dims };
}

/** The constant as a float tensor of the graph; its numbers are not copied. */
export function toTensor({ kind, dims, data }: Constant): FloatTensor {
  return floatTensor(dims, kind === 'float' ? data : Float32Array.from(data));
}

/**
 * Counts the numbers that a network file makes out of few bytes (ConstantOfShape, repeated constants, random weights),
 * so that it cannot ask for all of the memory. The limit is 2 GB of weights: four times VGG-16.
 */
export class GeneratedNumbers {
  static readonly LIMIT = 2 ** 29;
  #count = 0;

  /** Notes `count` more numbers for the tensor or node `where`. @throws InputError beyond the limit. */
  add(count: number, where: string): void {
    this.#count += count;
    if (!(this.#count <= GeneratedNumbers.LIMIT)) {
      throw mismatch({
        what: 'generated numbers',
        where,
        expected: `at most ${GeneratedNumbers.LIMIT} in a network`,
        got: `${this.#count}`,
      });
    }
  }
}
