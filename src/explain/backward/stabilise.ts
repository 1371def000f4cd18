import type { Scope, Support } from '../scope.js';

/** In place of a stabiliser of 0: what is divided by it is zero itself, and 0 / 0 must not arise. */
export const SMALLEST = 1e-37;

/**
 * z + epsilon sign(z), with sign(0) = +1. Where relevance is only carried by positive z, the sign need not be looked
 * at: z may be replaced by anything that is never negative and agrees with it there.
 */
export function stabilised(scope: Scope, z: string, epsilon: number, support: Support): string {
  const { calc, nonNegative, rectified } = scope;
  const least = Math.max(epsilon, SMALLEST);
  if (nonNegative.has(z)) return calc.add(z, least);
  if (support === 'positive') return calc.add(rectified.get(z) ?? calc.positive(z), least);
  return calc.add(z, calc.where(calc.less(z, 0), -least, least));
}
