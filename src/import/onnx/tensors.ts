import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { InputError, mismatch } from '../../errors.js';
import { doublesOf, floatsOf } from '../../files/bytes.js';
import { fromBfloat16, fromFloat16 } from '../../files/half-floats.js';
import { sizeOf } from '../../graph/tensor.js';
import { type TensorProto, toNumber } from '../../onnx/decode.js';
import { type Constant, floats, ints } from '../constant.js';
import type { NetworkFileReader } from '../files.js';

/** How the numbers of a TensorProto.DataType are stored: bytes each in raw data, and what reads them. */
interface Storage {
  readonly name: string;
  readonly width: number;
  read(view: DataView, offset: number): number;
}

const INTEGERS: Readonly<Record<number, Storage>> = {
  2: { name: 'uint8', width: 1, read: (view, at) => view.getUint8(at) },
  3: { name: 'int8', width: 1, read: (view, at) => view.getInt8(at) },
  6: { name: 'int32', width: 4, read: (view, at) => view.getInt32(at, true) },
  7: { name: 'int64', width: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  9: { name: 'bool', width: 1, read: (view, at) => view.getUint8(at) },
};

const HALVES: Readonly<Record<number, (bits: number) => number>> = { 10: fromFloat16, 16: fromBfloat16 };
const FLOAT = 1;
const DOUBLE = 11;
const EXTERNAL = 1;

/**
 * Reads a tensor's numbers as float32 or integers. float32 numbers are views of the file's bytes, so each tensor may
 * be read once only.
 * @throws InputError when type, shape and amount of data do not fit together.
 */
export function readTensor(proto: TensorProto, where: string): Constant {
  const dims = (proto.dims ?? []).map(toNumber);
  const count = sizeOf(dims);
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(count)) {
    throw mismatch({ what: 'shape of a tensor', where, expected: 'sizes of 0 and more', got: `[${dims}]` });
  }
  const type = proto.data_type ?? 0;
  const integers = INTEGERS[type];
  const half = HALVES[type];
  if (integers) return ints(dims, filled(integersOf(proto, integers), count, dims, where));
  if (half) return floats(dims, filled(halvesOf(proto, half), count, dims, where));
  if (type === FLOAT)
    return floats(dims, filled(floatsOf(bytesOf(proto, 'float_data'), where), count, dims, where));
  if (type === DOUBLE)
    return floats(dims, filled(doublesOf(bytesOf(proto, 'double_data'), where), count, dims, where));
  throw mismatch({
    what: 'type of a tensor',
    where,
    expected: 'float, double, float16, bfloat16 or integers',
    got: `data type ${type}`,
  });
}

/**
 * Fetches the data of a tensor that lies in a file beside the model.
 * @throws InputError when the file is not in the model's folder, or lacks the data.
 */
export async function fetchExternal(
  proto: TensorProto,
  model: string,
  files: NetworkFileReader,
): Promise<TensorProto> {
  if (proto.data_location !== EXTERNAL) return proto;
  const entries = new Map((proto.external_data ?? []).map(({ key, value }) => [key, value ?? '']));
  const location = entries.get('location') ?? '';
  const folder = dirname(resolve(model));
  const path = resolve(folder, location);
  const inside = relative(folder, path);
  if (!inside || inside.startsWith('..') || isAbsolute(inside) || isAbsolute(location)) {
    throw new InputError(`weights '${proto.name}': expected a file in the model's folder, got '${location}'`);
  }
  const offset = Number(entries.get('offset') ?? 0);
  const length = entries.get('length');
  const range = length === undefined ? { offset } : { offset, length: Number(length) };
  return { ...proto, raw_data: await files.read(path, range) };
}

function filled<T extends { length: number }>(
  data: T,
  count: number,
  dims: readonly number[],
  where: string,
): T {
  if (data.length === count) return data;
  throw mismatch({
    what: 'weights',
    where,
    expected: `${count} numbers for shape [${dims}]`,
    got: `${data.length}`,
  });
}

function bytesOf(proto: TensorProto, field: 'float_data' | 'double_data'): Uint8Array {
  return proto.raw_data?.length ? proto.raw_data : (proto[field] ?? new Uint8Array());
}

function integersOf(proto: TensorProto, { width, read }: Storage): Float64Array {
  const raw = proto.raw_data;
  if (!raw?.length)
    return Float64Array.from([...(proto.int32_data ?? []), ...(proto.int64_data ?? [])], toNumber);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  return Float64Array.from({ length: Math.floor(raw.length / width) }, (_, i) => read(view, i * width));
}

function halvesOf(proto: TensorProto, decode: (bits: number) => number): Float32Array {
  const raw = proto.raw_data;
  if (!raw?.length) return Float32Array.from(proto.int32_data ?? [], decode);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  return Float32Array.from({ length: Math.floor(raw.length / 2) }, (_, i) =>
    decode(view.getUint16(2 * i, true)),
  );
}
