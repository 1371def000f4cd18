import { assertSameLength, finite, type Numbers } from './metric.js';

/**
 * Max-sensitivity: the largest ||R(y) - R(x)||_2 over inputs y around x (Yeh et al. 2019, arXiv 1901.09392,
 * by sampling y). Lower is more stable. Undefined without nearby inputs.
 * @param nearby the relevance of each y, in the shape of `relevance`
 */
export function maxSensitivity(relevance: Numbers, nearby: readonly Numbers[]): number | undefined {
  return finite(
    nearby.reduce((most, other) => Math.max(most, distance(relevance, other)), Number.NEGATIVE_INFINITY),
  );
}

/**
 * {@link maxSensitivity} divided by ||R(x)||_2, so that methods of different scale compare. Undefined of
 * zero relevance.
 */
export function relativeMaxSensitivity(relevance: Numbers, nearby: readonly Numbers[]): number | undefined {
  const most = maxSensitivity(relevance, nearby);
  return most === undefined
    ? undefined
    : finite(most / distance(relevance, new Float64Array(relevance.length)));
}

/** ||a - b||_2 */
export function distance(a: Numbers, b: Numbers): number {
  assertSameLength('what to compare', a, b);
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += ((a[i] as number) - (b[i] as number)) ** 2;
  return Math.sqrt(squares);
}
