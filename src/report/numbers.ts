/**
 * How numbers that stand together, as in a column of a table, are written: with one number of decimals, three significant
 * digits of the largest and, up to two decimals, of the smallest that is not 0; beyond a million and below a thousandth with
 * powers of ten. What rounds to 0 has no sign.
 */
export function columnFormat(values: readonly number[]): (value: number) => string {
  const sizes = values.map(Math.abs).filter((size) => size > 0 && Number.isFinite(size));
  const decimals = (size: number) => Math.max(0, 2 - Math.floor(Math.log10(size)));
  if (sizes.length === 0) return (value) => value.toFixed(0);
  const largest = sizes.reduce((most, size) => Math.max(most, size));
  const smallest = sizes.reduce((least, size) => Math.min(least, size));
  if (largest < 1e-3 || largest >= 1e6) return (value) => value.toExponential(2).replace('e+', 'e');
  const shared = Math.max(decimals(largest), Math.min(DECIMALS, decimals(smallest)));
  return (value) => value.toFixed(shared).replace(/^-(?=[0.]*$)/, '');
}

/** So many at most for the sake of a number that is small beside the largest. */
const DECIMALS = 2;

/** A number among others of its kind: three significant digits, also where they are zeros, and a real minus sign. */
export function threeDigits(value: number): string {
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e3 ? shortNumber(value) : value.toPrecision(3).replace('-', '−');
}

/** A number for people: three significant digits, a real minus sign, powers of ten only when they are shorter. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? value.toExponential(1)
      : String(Number(value.toPrecision(3)));
  return text.replace(/-/g, '−').replace('e+', 'e');
}
