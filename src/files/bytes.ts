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

/** The little-endian float64 numbers in a `bytes` field. @throws InputError when they are no whole number of them. */
export function doublesOf(bytes: Uint8Array, where: string): Float64Array {
  const count = countOf(bytes, Float64Array.BYTES_PER_ELEMENT, where);
  const view = viewOf(bytes);
  const doubles = new Float64Array(count);
  for (let i = 0; i < count; i++) doubles[i] = view.getFloat64(8 * i, true);
  return doubles;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Bytes of a varint that is negative: all of them but the last hold 7 bits of the two's complement. */
const NEGATIVE = 10;

/** The varints in a packed field, as integers of 64 bits (unsigned ones below 2^63). @throws InputError when the last one breaks off. */
export function varintsOf(bytes: Uint8Array, where: string): Float64Array {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) < 128) count++;
  const numbers = new Float64Array(count);
  let [start, written] = [0, 0];
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] as number) >= 128) continue;
    numbers[written++] = varint(bytes, start, i - start + 1, where);
    start = i + 1;
  }
  if (start < bytes.length) throw broken(where, bytes.length - start);
  return numbers;
}

function varint(bytes: Uint8Array, start: number, length: number, where: string): number {
  if (length > NEGATIVE) throw broken(where, length);
  const negative = length === NEGATIVE;
  let value = 0;
  for (let i = Math.min(length, NEGATIVE - 1) - 1; i >= 0; i--) {
    const bits = (bytes[start + i] as number) & 127;
    value = value * 128 + (negative ? 127 - bits : bits);
  }
  return negative ? -value - 1 : value;
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

function broken(where: string, length: number): Error {
  return mismatch({ what: 'weights', where, expected: 'integers', got: `a number of ${length} bytes` });
}
