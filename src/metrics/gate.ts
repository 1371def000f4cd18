import type { Estimate } from './estimate.js';
import type { Direction } from './metric.js';
import { mean } from './statistics.js';
import { studentMean } from './student.js';

/** Values of one metric and method by image id; images without a value are not in it. */
export type ValuesByImage = ReadonlyMap<string, number>;

export type Verdict = 'dropped' | 'missing' | 'improved' | 'unchanged';

/** What became of one metric of one method since the baseline. */
export interface GateResult {
  verdict: Verdict;
  /** Mean of the baseline over the images both have. Undefined if there is none. */
  baseline: number | undefined;
  /** Mean paired difference run - baseline over these images, with its interval. */
  difference: Estimate | undefined;
  /** What a drop must exceed, in the unit of the metric. */
  tolerance: number;
  /** Images of the baseline that the run has no value for. */
  missing: string[];
}

/**
 * Compares a run with its baseline image by image.
 *
 * `dropped`: quality fell by more than the tolerance, by the end of the paired difference's interval that is
 * kindest to the run; noise, as of another seed, is no drop. `missing`: no such drop, but images of the
 * baseline are missing. `improved`: the same as dropped, the other way. With a single image, which has no
 * interval, the difference itself decides.
 * @param tolerance as a share of the baseline's mean, 0.05 for 5 %
 * @param confidence coverage of the interval, 0..1
 */
export function compareWithBaseline(
  baseline: ValuesByImage,
  run: ValuesByImage,
  direction: Exclude<Direction, 'neutral'>,
  tolerance: number,
  confidence: number,
): GateResult {
  const common = [...baseline.keys()].filter((image) => run.has(image)).sort();
  const missing = [...baseline.keys()].filter((image) => !run.has(image)).sort();
  const before = common.map((image) => baseline.get(image) as number);
  const differences = common.map((image, i) => (run.get(image) as number) - (before[i] as number));
  const difference = studentMean(differences, confidence);
  const centre = mean(before);
  const allowed = tolerance * Math.abs(centre ?? 0);
  const [worst, best] = gains(difference, direction);
  const verdict: Verdict =
    best < -allowed
      ? 'dropped'
      : missing.length > 0 || !difference
        ? 'missing'
        : worst > allowed
          ? 'improved'
          : 'unchanged';
  return { verdict, baseline: centre, difference, tolerance: allowed, missing };
}

/** The interval of the gain in quality: of the difference, turned round where lower is better. */
function gains(difference: Estimate | undefined, direction: Direction): [number, number] {
  if (!difference) return [0, 0];
  const { value, low = value, high = value } = difference;
  return direction === 'higher' ? [low, high] : [-high, -low];
}
