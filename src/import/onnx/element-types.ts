import { fromBfloat16, fromFloat16, roundToBfloat16, roundToFloat16 } from '../../files/half-floats.js';
import { DATA_TYPE } from '../../onnx/schema.js';
import { batchesIn } from '../batch-size.js';
import type { ElementType } from '../constant.js';
import { Unsupported } from '../unsupported.js';

/** One of TensorProto.DataType: how its numbers are stored, and which numbers it holds. */
export interface Element {
  readonly type: ElementType;
  /** Bytes of a number in raw data. */
  readonly width: number;
  /** Reads a number of raw data. */
  readonly read: Read;
  /** Field of a TensorProto that holds the numbers where there is no raw data. */
  readonly field: Field;
  /** What the integers of that field stand for, where they are bits. */
  readonly ofBits?: (bits: number) => number;
  /** The number as this type holds it. @throws Unsupported where that is not certain: results are exact or refused. */
  readonly hold: (value: number) => number;
  /** No fractions. */
  readonly whole: boolean;
}

type Read = (view: DataView, offset: number) => number;
type Field = 'float_data' | 'double_data' | 'int32_data' | 'int64_data' | 'uint64_data';

/** Whole numbers from `least` to `most`; beyond the first of them runtimes differ, and doubles are not exact. */
function whole(type: ElementType, width: number, field: Field, [least, most]: number[], read: Read): Element {
  const hold = (value: number) => {
    if (batchesIn(value) !== undefined) return value;
    if (value < (least as number) || value > (most as number))
      throw new Unsupported(`with numbers beyond ${type}`);
    return value + 0; // no -0
  };
  return { type, width, field, read, hold, whole: true };
}

const unsigned = (bits: number) => [0, 2 ** bits - 1];
const signed = (bits: number) => [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
const EXACT = Number.MAX_SAFE_INTEGER;

const FLOAT: Element = {
  type: 'float32',
  width: 4,
  field: 'float_data',
  read: (view, at) => view.getFloat32(at, true),
  hold: Math.fround,
  whole: false,
};
const DOUBLE: Element = {
  type: 'float64',
  width: 8,
  field: 'double_data',
  read: (view, at) => view.getFloat64(at, true),
  hold: (value) => value,
  whole: false,
};
const HALF: Element = {
  type: 'float16',
  width: 2,
  field: 'int32_data',
  ofBits: fromFloat16,
  read: (view, at) => fromFloat16(view.getUint16(at, true)),
  hold: (value) => roundToFloat16(Math.fround(value)),
  whole: false,
};
const BFLOAT: Element = {
  type: 'bfloat16',
  width: 2,
  field: 'int32_data',
  ofBits: fromBfloat16,
  read: (view, at) => fromBfloat16(view.getUint16(at, true)),
  hold: roundToBfloat16,
  whole: false,
};

const BY_TYPE: Readonly<Record<ElementType, Element>> = {
  float32: FLOAT,
  uint8: whole('uint8', 1, 'int32_data', unsigned(8), (view, at) => view.getUint8(at)),
  int8: whole('int8', 1, 'int32_data', signed(8), (view, at) => view.getInt8(at)),
  uint16: whole('uint16', 2, 'int32_data', unsigned(16), (view, at) => view.getUint16(at, true)),
  int16: whole('int16', 2, 'int32_data', signed(16), (view, at) => view.getInt16(at, true)),
  int32: whole('int32', 4, 'int32_data', signed(32), (view, at) => view.getInt32(at, true)),
  int64: whole('int64', 8, 'int64_data', [-EXACT, EXACT], (view, at) => Number(view.getBigInt64(at, true))),
  bool: whole('bool', 1, 'int32_data', [0, 1], (view, at) => view.getUint8(at)),
  float16: HALF,
  float64: DOUBLE,
  uint32: whole('uint32', 4, 'uint64_data', unsigned(32), (view, at) => view.getUint32(at, true)),
  uint64: whole('uint64', 8, 'uint64_data', [0, EXACT], (view, at) => Number(view.getBigUint64(at, true))),
  bfloat16: BFLOAT,
};

/** By the number of TensorProto.DataType. */
export const ELEMENTS: ReadonlyMap<number, Element> = new Map(
  Object.values(BY_TYPE).map((element) => [DATA_TYPE[element.type], element]),
);

export function elementOf(type: ElementType): Element {
  return BY_TYPE[type];
}

/** Arrays for numbers of a type. */
export function arrayFor(type: ElementType): Float32ArrayConstructor | Float64ArrayConstructor {
  const { whole, width } = elementOf(type);
  return whole || width > Float32Array.BYTES_PER_ELEMENT ? Float64Array : Float32Array;
}
