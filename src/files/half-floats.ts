/** IEEE 754 half precision: 1 sign, 5 exponent, 10 fraction bits. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float32. */
export function fromBfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits << 16);
  return view.getFloat32(0);
}

/** The nearest number that half precision holds, ties to even; beyond its range infinity. */
export function roundToFloat16(value: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude < 65520)) return Number.isNaN(value) ? value : Math.sign(value) * Number.POSITIVE_INFINITY;
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  return roundToMultiple(value, 2 ** (exponent - 10));
}

/** The nearest number that the upper half of a float32 holds, ties to even. */
export function roundToBfloat16(value: number): number {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single;
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(single))));
  const rounded = roundToMultiple(single, 2 ** (exponent - 7));
  return Math.abs(rounded) < 2 ** 128 ? rounded : Math.sign(rounded) * Number.POSITIVE_INFINITY;
}

/** Adding 1.5 * 2^52 units rounds to whole units, ties to even, as the processor does; a zero keeps its sign. */
function roundToMultiple(value: number, unit: number): number {
  const shift = 1.5 * 2 ** 52 * unit;
  return value + shift - shift || value * 0;
}
