/** A number that says how good an explanation is, as data: what it is called and which way is better. */
export interface MetricInfo {
  /** Column name in result files. */
  id: string;
  /** Name on axes and in tables, with its unit. */
  label: string;
  direction: Direction;
  /** Whether it is 1 for a hit and 0 for a miss, so that its mean is a share and has Wilson's interval. */
  share?: true;
  /** The least and the greatest value that there is, where the formula has such: the interval of its mean ends there. */
  range?: readonly [number, number];
  /** The paper that defines it. */
  source: string;
}

/**
 * A metric and how it is computed. `of` returns undefined where the formula has no value (nothing measured, division by
 * zero); callers count those cases.
 */
export interface Metric<Measured> extends MetricInfo {
  of(measured: Measured): number | undefined;
}

/** The range of shares, and that of correlations and similarities. */
export const UNIT_RANGE = [0, 1] as const;
export const SIGNED_UNIT_RANGE = [-1, 1] as const;

/** Whether a larger value means a better explanation, a worse one, or only a different one. */
export type Direction = 'higher' | 'lower' | 'neutral';

/** Any list of numbers: a typed array or a plain one. */
export type Numbers = ArrayLike<number>;

/** The value itself where it is a finite number, undefined where it is not. */
export function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Throws unless two lists that belong together are equally long: a mistake of the caller, not of the user.
 */
export function assertSameLength(what: string, a: Numbers, b: Numbers): void {
  if (a.length !== b.length) throw new RangeError(`${what}: lengths ${a.length} and ${b.length} differ`);
}
