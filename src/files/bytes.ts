import { mismatch } from '../errors.js';

const ELEMENT = Float32Array.BYTES_PER_ELEMENT;

/**
 * The little-endian float32 numbers in a `bytes` field of a decoded protocol buffer, as a view of the file's bytes:
 * a network then takes no more memory than its file. Numbers that do not start at a multiple of 4 are moved down by up
 * to 3 bytes in place, over the field's own tag and length, which have been read by then: read a field once only.
 * @throws InputError when the bytes are no whole number of floats.
 */
export function floatsOf(bytes: Uint8Array, where: string): Float32Array {
  const count = countOf(bytes, ELEMENT, where);
  const misaligned = bytes.byteOffset % ELEMENT;
  if (misaligned === 0) return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  if (bytes.length < LONG_FIELD) return new Float32Array(new Uint8Array(bytes).buffer);
  const start = bytes.byteOffset - misaligned;
  new Uint8Array(bytes.buffer).copyWithin(start, bytes.byteOffset, bytes.byteOffset + bytes.length);
  return new Float32Array(bytes.buffer, start, count);
}

/** From this length on, a field's tag and length take at least 3 bytes. */
const LONG_FIELD = 128;

/** The little-endian float64 numbers in a `bytes` field, rounded to float32. */
export function doublesOf(bytes: Uint8Array, where: string): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = countOf(bytes, Float64Array.BYTES_PER_ELEMENT, where);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true));
}

function countOf(bytes: Uint8Array, width: number, where: string): number {
  if (bytes.length % width === 0) return bytes.length / width;
  throw mismatch({
    what: 'weights',
    where,
    expected: `numbers of ${width} bytes`,
    got: `${bytes.length} bytes`,
  });
}
