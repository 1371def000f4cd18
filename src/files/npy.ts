import { mismatch } from '../errors.js';
import { fromFloat16 } from './half-floats.js';
import { checkLimit, LIMITS } from './limits.js';
import { readUserFile } from './user-file.js';

/** An array as .npy files hold it, row-major, its elements converted to float32. */
export interface NpyArray {
  shape: number[];
  data: Float32Array;
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
/** NumPy's own limit. */
const HEADER_LIMIT = 10_000;

/** Element types by NumPy's code: width in bytes and how one element is read. */
const ELEMENTS: Record<
  string,
  { bytes: number; read: (view: DataView, at: number, little: boolean) => number }
> = {
  f2: { bytes: 2, read: (view, at, little) => fromFloat16(view.getUint16(at, little)) },
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  u8: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  b1: { bytes: 1, read: (view, at) => view.getUint8(at) },
};

/**
 * Reads one array in NumPy's .npy format (versions 1 to 3; real numbers, integers and booleans of either byte order;
 * C or Fortran order) and converts it to float32, row-major. `where` names the array in error messages.
 * Throws InputError when it is not such a file, or when its data is shorter or longer than its shape says.
 */
export function readNpy(
  source: string | Buffer,
  where = typeof source === 'string' ? source : '.npy data',
): NpyArray {
  const bytes = typeof source === 'string' ? readUserFile(source, 'array') : source;
  const { header, dataStart } = splitHeader(bytes, where);
  const { element, little, fortran, shape } = parseHeader(header, where);
  checkLimit('value', countOf(shape), where);
  const expected = countOf(shape) * element.bytes;
  const got = bytes.length - dataStart;
  if (got !== expected) {
    throw mismatch({
      what: got < expected ? 'truncated .npy data' : 'more .npy data than its shape holds',
      where,
      expected: `${expected} bytes for shape (${shape.join(', ')})`,
      got: `${got}`,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + dataStart, got);
  const data = new Float32Array(countOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = element.read(view, i * element.bytes, little);
  return { shape, data: fortran ? toRowMajor(data, shape) : data };
}

/** The array as a .npy file (version 1, little-endian float32, row-major). Throws RangeError when shape and data disagree. */
export function writeNpy(shape: readonly number[], data: Float32Array): Buffer {
  if (countOf(shape) !== data.length)
    throw new RangeError(`shape (${shape.join(', ')}) does not hold ${data.length} numbers`);
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const preamble = MAGIC.length + 4;
  const padded = Math.ceil((preamble + dict.length + 1) / 64) * 64;
  const file = Buffer.alloc(padded + data.length * 4, ' ', 'latin1');
  MAGIC.copy(file);
  file.writeUInt16LE(0x0001, MAGIC.length);
  file.writeUInt16LE(padded - preamble, MAGIC.length + 2);
  file.write(`${dict.padEnd(padded - preamble - 1)}\n`, preamble, 'latin1');
  const view = new DataView(file.buffer, file.byteOffset + padded);
  for (let i = 0; i < data.length; i++) view.setFloat32(i * 4, data[i] as number, true);
  return file;
}

/** How many elements an array of this shape has. */
function countOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

function splitHeader(bytes: Buffer, where: string): { header: string; dataStart: number } {
  const bad = (got: string) => mismatch({ what: 'not a NumPy array', where, expected: 'a .npy file', got });
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw bad(bytes.length === 0 ? 'an empty file' : 'other data');
  const major = bytes[MAGIC.length] ?? 0;
  if (major < 1 || major > 3) throw bad(`format version ${major}`);
  const start = MAGIC.length + (major === 1 ? 4 : 6);
  if (bytes.length < start) throw bad('a truncated header');
  const length = major === 1 ? bytes.readUInt16LE(start - 2) : bytes.readUInt32LE(start - 4);
  if (length > HEADER_LIMIT) throw bad(`a header of ${length} bytes`);
  if (bytes.length < start + length) throw bad('a truncated header');
  return { header: bytes.toString('latin1', start, start + length), dataStart: start + length };
}

function parseHeader(header: string, where: string) {
  const descr = /['"]descr['"]\s*:\s*['"]([<>|=])([a-z]\d+)['"]/.exec(header);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(header);
  const dims = /['"]shape['"]\s*:\s*\(([\dL,\s]*)\)/.exec(header);
  const element = descr?.[2] === undefined ? undefined : ELEMENTS[descr[2]];
  if (!element) {
    const got =
      /['"]descr['"]\s*:\s*([^:]{0,60}?)\s*(?:,\s*['"](?:fortran_order|shape)['"]|\}|$)/.exec(header)?.[1] ??
      'none';
    throw mismatch({
      what: '.npy element type',
      where,
      expected: `one of ${Object.keys(ELEMENTS).join(' ')}`,
      got,
    });
  }
  const shape = dims?.[1]
    ?.split(',')
    .map((dim) => dim.trim().replace(/L$/, ''))
    .filter((dim) => dim !== '')
    .map(Number);
  if (!order || !shape || shape.length > LIMITS.arrayAxes.most || !shape.every(Number.isSafeInteger)) {
    throw mismatch({
      what: '.npy header',
      where,
      expected: `fortran_order and a shape of at most ${LIMITS.arrayAxes.most} dimensions`,
      got: JSON.stringify(header.trim().slice(0, 120)),
    });
  }
  return { element, little: descr?.[1] !== '>', fortran: order[1] === 'True', shape };
}

function toRowMajor(data: Float32Array, shape: readonly number[]): Float32Array {
  const result = new Float32Array(data.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let from = 0; from < data.length; from++) {
    result[index.reduce((at, i, axis) => at * (shape[axis] as number) + i, 0)] = data[from] as number;
    for (let axis = 0; axis < shape.length; axis++) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return result;
}
