/**
 * P(Z <= z) of the standard normal distribution, to 1e-15: series of Marsaglia, J. Stat. Software 11(4),
 * 2004.
 */
export function normalCdf(z: number): number {
  if (Math.abs(z) > 9) return z > 0 ? 1 : 0;
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  const p = 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
  // Rounding may overstep the ends far out, and a level beyond them has no quantile.
  return Math.min(1, Math.max(0, p));
}

/** The z with P(Z <= z) = p, for p in (0, 1). */
export function normalQuantile(p: number): number {
  return invert(normalCdf, p, 9);
}

/**
 * P(T <= t) of Student's t with a whole number of degrees of freedom (Abramowitz and Stegun, 26.7.3 and
 * 26.7.4).
 */
export function studentCdf(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const odd = degrees % 2;
  let term = odd ? cos : 1;
  let sum = degrees > 1 ? term : 0;
  for (let k = 2 + odd; k < degrees; k += 2) {
    term *= ((k - 1) / k) * cos * cos;
    sum += term;
  }
  return 0.5 + (odd ? (angle + sin * sum) / Math.PI : (sin * sum) / 2);
}

/** The t with P(T <= t) = p, for p in (0, 1). */
export function studentQuantile(p: number, degrees: number): number {
  return invert((t) => studentCdf(t, degrees), p, 1e6);
}

/** Bisection in [-bound, bound] down to the last bit or so. */
function invert(cdf: (x: number) => number, p: number, bound: number): number {
  let [low, high] = [-bound, bound];
  while (high - low > 1e-14 * bound) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
