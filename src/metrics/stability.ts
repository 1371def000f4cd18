import { distance } from './max-sensitivity.js';
import { assertSameLength, finite, type Numbers } from './metric.js';
import { mean } from './statistics.js';

/** A heatmap, its input, and the network's logits and inner representation there. */
export interface Explained {
  readonly heatmap: Numbers;
  readonly input: Numbers;
  readonly logits: Numbers;
  /** Undefined of a network without an inner one. */
  readonly representation: Numbers | undefined;
}

/** What stands for 0 in a denominator (Agarwal et al. 2022, section 4). */
const LEAST = 1e-6;

/** Average sensitivity: the mean ||R(y) - R(x)||_2 over inputs y around x (Yeh et al. 2019). Undefined without any. */
export function averageSensitivity(heatmap: Numbers, nearby: readonly Numbers[]): number | undefined {
  return mean(nearby.map((other) => distance(heatmap, other)));
}

/**
 * Local Lipschitz estimate: the largest ||R(x) - R(y)||_2 / ||x - y||_2 over inputs y around x (Alvarez-Melis and Jaakkola
 * 2018, arXiv 1806.08049). Undefined without an input that differs.
 */
export function localLipschitz(explained: Explained, nearby: readonly Explained[]): number | undefined {
  return largest(
    nearby.map(({ heatmap, input }) =>
      finite(distance(explained.heatmap, heatmap) / distance(explained.input, input)),
    ),
  );
}

/**
 * Relative input stability: of one input y, ||(R(x) - R(y)) / R(x)||_2 / ||(x - y) / x||_2, quotients by element, where
 * denominators of 0 are 1e-6 (Agarwal et al. 2022, arXiv 2203.06877, equation 2).
 */
export function relativeInputStability(explained: Explained, other: Explained): number {
  return (
    relativeChange(explained.heatmap, other.heatmap) /
    Math.max(relativeChange(explained.input, other.input), LEAST)
  );
}

/** Relative output stability: the same over ||z(x) - z(y)||_2 of all logits (Agarwal et al. 2022, equation 5). */
export function relativeOutputStability(explained: Explained, other: Explained): number {
  return (
    relativeChange(explained.heatmap, other.heatmap) /
    Math.max(distance(explained.logits, other.logits), LEAST)
  );
}

/**
 * Relative representation stability: the same over ||(h(x) - h(y)) / h(x)||_2 of what an inner layer computes (Agarwal et al.
 * 2022, equation 3).
 */
export function relativeRepresentationStability(explained: Explained, other: Explained): number | undefined {
  const [own, its] = [explained.representation, other.representation];
  if (!own || !its) return undefined;
  return relativeChange(explained.heatmap, other.heatmap) / Math.max(relativeChange(own, its), LEAST);
}

/** A measure of every input nearby that the network gives the same class. */
export function overSameClass(
  explained: Explained,
  nearby: readonly Explained[],
  measure: (explained: Explained, other: Explained) => number | undefined,
): number[] {
  const own = best(explained.logits);
  return nearby
    .filter(({ logits }) => best(logits) === own)
    .flatMap((other) => measure(explained, other) ?? []);
}

/** The largest value, undefined of none. */
export function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : finite(known.reduce((a, b) => Math.max(a, b)));
}

/** The value in the middle, or the mean of the two there; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length / 2;
  return mean(sorted.subarray(Math.ceil(half) - 1, Math.floor(half) + 1));
}

function best(logits: Numbers): number {
  const values = Array.from(logits);
  return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
}

function relativeChange(from: Numbers, to: Numbers): number {
  assertSameLength('what to compare', from, to);
  let squares = 0;
  for (let i = 0; i < from.length; i++) {
    const own = from[i] as number;
    squares += ((own - (to[i] as number)) / (own || LEAST)) ** 2;
  }
  return Math.sqrt(squares);
}
