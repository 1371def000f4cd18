/** Element types that occur in a graph; the names are ONNX's. */
export type ElementType = 'float32' | 'int32' | 'int64' | 'bool';

/** A dense row-major array. `int64` holds BigInts, `bool` one byte an element. */
export type Tensor =
  | { type: 'float32'; dims: readonly number[]; data: Float32Array }
  | { type: 'int32'; dims: readonly number[]; data: Int32Array }
  | { type: 'int64'; dims: readonly number[]; data: BigInt64Array }
  | { type: 'bool'; dims: readonly number[]; data: Uint8Array };

export type FloatTensor = Extract<Tensor, { type: 'float32' }>;

/** Number of elements of a shape without a batch dimension; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A float32 tensor; throws a RangeError when the data does not fill the shape. */
export function floatTensor(dims: readonly number[], data: ArrayLike<number>): FloatTensor {
  const array = data instanceof Float32Array ? data : Float32Array.from(data);
  if (array.length !== sizeOf(dims)) {
    throw new RangeError(`a tensor of shape [${dims}] needs ${sizeOf(dims)} numbers, got ${array.length}`);
  }
  return { type: 'float32', dims, data: array };
}

/**
 * A float32 tensor whose numbers are made whenever they are read, and held by nobody in between: for constants that are many
 * times what they are made of, and are read when a session is opened.
 */
export function derivedTensor(dims: readonly number[], make: () => Float32Array): FloatTensor {
  return {
    type: 'float32',
    dims,
    get data() {
      return make();
    },
  };
}

const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = { float32: 4, int32: 4, int64: 8, bool: 1 };

/** How many bytes the numbers of a tensor take; they are not read for it. */
export function byteLengthOf({ type, dims }: Tensor): number {
  return sizeOf(dims) * ELEMENT_BYTES[type];
}

/** An int64 tensor from ordinary numbers. */
export function intTensor(dims: readonly number[], data: readonly number[]): Tensor {
  return { type: 'int64', dims, data: BigInt64Array.from(data, BigInt) };
}

/** The numbers of an int64 tensor (axes, shapes, starts...) as ordinary numbers. */
export function toInts(tensor: Tensor): number[] {
  return Array.from(tensor.data as ArrayLike<bigint | number>, Number);
}
