/** A point of the way from 0 to 1, and how much what is found there counts. */
export interface PathPoint {
  readonly at: number;
  readonly weight: number;
}

/** Rules that integrate over [0, 1] with n points. */
export const PATH_RULES = {
  midpoint: (n) => evenly(n, (k) => (k + 0.5) / n),
  right: (n) => evenly(n, (k) => (k + 1) / n),
  'gauss-legendre': gaussLegendre,
} as const satisfies Record<string, (n: number) => PathPoint[]>;

export type PathRule = keyof typeof PATH_RULES;

export const PATH_RULE_NAMES = Object.keys(PATH_RULES) as [PathRule, ...PathRule[]];

function evenly(n: number, at: (k: number) => number): PathPoint[] {
  return Array.from({ length: n }, (_, k) => ({ at: at(k), weight: 1 / n }));
}

/**
 * The roots t of the Legendre polynomial P_n, brought to [0, 1], with weights 1 / ((1 - t^2) P_n'(t)^2) (Abramowitz and
 * Stegun 1964, 25.4.30, halved). Newton's method from cos(pi (k + 3/4) / (n + 1/2)).
 */
function gaussLegendre(n: number): PathPoint[] {
  return Array.from({ length: n }, (_, k) => {
    let t = -Math.cos((Math.PI * (k + 0.75)) / (n + 0.5));
    for (let step = 0; step < 10; step++) {
      const { value, slope } = legendre(n, t);
      t -= value / slope;
    }
    const { slope } = legendre(n, t);
    return { at: (1 + t) / 2, weight: 1 / ((1 - t * t) * slope * slope) };
  });
}

/** P_n and its derivative at t, by the three-term recurrence. */
function legendre(n: number, t: number): { value: number; slope: number } {
  let [before, value] = [1, t];
  for (let k = 2; k <= n; k++) {
    [before, value] = [value, ((2 * k - 1) * t * value - (k - 1) * before) / k];
  }
  return { value, slope: (n * (t * value - before)) / (t * t - 1) };
}
