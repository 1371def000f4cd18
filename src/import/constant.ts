import { checkLimit, type LimitName } from '../files/limits.js';
import type { NumberArray } from '../graph/strided.js';
import { type FloatTensor, floatTensor, sizeOf } from '../graph/tensor.js';
import { refuseBatchSize } from './batch-size.js';
import { Unsupported } from './unsupported.js';

/** Element types of constants; the names are ONNX's. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool';

/**
 * A number array that is known while a network is imported: weights, and the shape arithmetic that exporters write
 * into networks. Numbers of at most 32 bits with a fraction lie in a Float32Array, all others in a Float64Array. Integers
 * may be sizes that depend on the batch: see `batch-size.ts`.
 */
export class Constant {
  readonly kind = 'constant';
  readonly type: ElementType;
  readonly dims: readonly number[];
  #data: NumberArray | (() => NumberArray);

  /** @param data the numbers, or what makes them when they are first asked for: many constants only have their shape read */
  constructor(type: ElementType, dims: readonly number[], data: NumberArray | (() => NumberArray)) {
    this.type = type;
    this.dims = dims;
    this.#data = data;
  }

  get data(): NumberArray {
    if (typeof this.#data === 'function') this.#data = this.#data();
    return this.#data;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.dims);
  }

  /** The same numbers in the same order under another shape. */
  reshaped(dims: readonly number[]): Constant {
    return new Constant(this.type, dims, () => this.data);
  }
}

/** The axis of a computed value that counts outer * batch * inner elements. */
export interface BatchPlace {
  readonly axis: number;
  readonly outer: number;
  readonly inner: number;
}

/** A value of the canonical graph, and where the file has the batch, which is the first axis there; absent where it is first too. */
export interface ComputedValue {
  readonly kind: 'value';
  readonly value: string;
  readonly batch?: BatchPlace;
}

/** What a node reads. */
export type Operand = Constant | ComputedValue;

/** The operand at `index`. @throws Unsupported when the node lacks it */
export function operandAt(operands: readonly (Operand | undefined)[], index: number): Operand {
  const operand = operands[index];
  if (!operand) throw new Unsupported(`without input ${index}`);
  return operand;
}

export function floats(dims: readonly number[], data: Float32Array): Constant {
  return new Constant('float32', dims, data);
}

export function ints(dims: readonly number[], data: ArrayLike<number>): Constant {
  return new Constant('int64', dims, Float64Array.from(data));
}

/**
 * The constant as a float tensor of the graph; numbers of 32 bits are not copied.
 *
 * @throws Unsupported for the size of the batch among integers
 */
export function toTensor({ type, dims, data }: Constant): FloatTensor {
  if (type.includes('int')) refuseBatchSize(data);
  return floatTensor(dims, data);
}

/** Counts the memory that numbers of a network take, so that it cannot ask for all there is. */
export class Budget {
  readonly #limit: LimitName;
  #bytes = 0;

  constructor(limit: LimitName) {
    this.#limit = limit;
  }

  /** Notes `count` more numbers for the tensor or node `where`, `width` bytes each. @throws InputError beyond the limit. */
  add(count: number, where: string, width = Float32Array.BYTES_PER_ELEMENT): void {
    this.#bytes += count * width;
    checkLimit(this.#limit, this.#bytes, where);
  }
}
