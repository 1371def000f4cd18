import type { Numbers } from './metric.js';

/** The sum, 0 of nothing. */
export function sum(values: Numbers): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}

/** The arithmetic mean, undefined of nothing. */
export function mean(values: Numbers): number | undefined {
  return values.length === 0 ? undefined : sum(values) / values.length;
}

/** Whether all numbers are equal; true of none. */
export function isConstant(values: Numbers): boolean {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
}

/** The sample standard deviation (divisor n - 1), undefined of fewer than two values. */
export function standardDeviation(values: Numbers): number | undefined {
  if (values.length < 2) return undefined;
  const centre = mean(values) as number;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] as number) - centre) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * One value an image: the mean of its repeats. The unit of every statistic is the image, since repeats of one
 * image are not independent. Undefined if there is no repeat or one of them has no value.
 */
export function meanOfRepeats(repeats: readonly (number | undefined)[]): number | undefined {
  return repeats.every((value) => value !== undefined) ? mean(repeats as number[]) : undefined;
}

/** Numbers that came through float32 are known to some 2^-20 of their size: what varies by less does not vary. */
const ROUNDING = 2 ** -20;

/**
 * Effect size of paired differences: Cohen's d_z = mean / standard deviation (Cohen 1988). Its sign is that of the mean
 * difference; undefined where the differences do not vary, or by no more than the rounding of what was subtracted.
 *
 * @param size largest magnitude of the numbers whose differences these are
 */
export function cohensD(differences: Numbers, size: number): number | undefined {
  const deviation = standardDeviation(differences) ?? 0;
  return deviation > ROUNDING * size ? (mean(differences) as number) / deviation : undefined;
}

/**
 * Holm's step-down correction over a table of p-values (Holm 1979): adjusted p-values that may be compared
 * with the level of the whole table. Tests without a p-value stay without one and do not count.
 */
export function holm(pValues: readonly (number | undefined)[]): (number | undefined)[] {
  const ascending = pValues
    .flatMap((p, index) => (p === undefined ? [] : [{ p, index }]))
    .sort((a, b) => a.p - b.p);
  const adjusted: (number | undefined)[] = pValues.map(() => undefined);
  let largest = 0;
  ascending.forEach(({ p, index }, rank) => {
    largest = Math.max(largest, Math.min(1, p * (ascending.length - rank)));
    adjusted[index] = largest;
  });
  return adjusted;
}
