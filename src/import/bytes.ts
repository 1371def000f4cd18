const ELEMENT = Float32Array.BYTES_PER_ELEMENT;

/**
 * The little-endian float32 numbers in a `bytes` field of a decoded protocol buffer, as a view of the file's bytes:
 * a network then takes no more memory than its file. Numbers that do not start at a multiple of 4 are moved down by up
 * to 3 bytes in place, over the field's own tag and length, which have been read by then.
 */
export function floatsOf(bytes: Uint8Array): Float32Array {
  const count = bytes.length / ELEMENT;
  if (!Number.isInteger(count))
    throw new RangeError(`${bytes.length} bytes are no whole number of float32 values`);
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
export function doublesOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = bytes.length / Float64Array.BYTES_PER_ELEMENT;
  if (!Number.isInteger(count))
    throw new RangeError(`${bytes.length} bytes are no whole number of float64 values`);
  return Float32Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true));
}
