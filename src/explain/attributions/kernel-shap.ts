import { z } from 'zod';
import { mismatch } from '../../errors.js';
import { randomStream } from '../../random.js';
import type { Attribution } from './attribution.js';
import { type Coalition, everything, nothing } from './coalition.js';
import { normalEquations, solveSymmetric } from './least-squares.js';
import { overCoalitions, sampled } from './over-coalitions.js';
import { OUTPUT } from './score.js';
import { BASELINE } from './starts.js';

export const KERNEL_SHAP = z.strictObject({
  ...sampled('coalitions that are drawn, each with its complement; up to 10 segments all are taken'),
  baseline: BASELINE,
  output: OUTPUT,
});

/** Up to this many segments all coalitions are taken. */
const ALL_UP_TO = 10;

type Settings = z.infer<typeof KERNEL_SHAP>;

/**
 * Kernel SHAP (Lundberg and Lee 2017): Shapley values of segments by weighted least squares over coalitions. All
 * coalitions where segments are few, which gives the exact values; otherwise pairs of a coalition and its complement, of
 * sizes k drawn in proportion to (n - 1) / (k (n - k)), the kernel's weight of all coalitions of a size (Covert and Lee
 * 2021). Values sum to f(x) - f(baseline) by construction.
 */
export function kernelShap(settings: Settings): Attribution {
  const { samples } = settings;
  return overCoalitions('kernel-shap', settings, ({ seed }) => (count, id) => {
    const chosen = count <= ALL_UP_TO ? allCoalitions(count) : drawnCoalitions(count, samples, seed, id);
    return {
      rows: [nothing(count), ...chosen.rows, everything(count)],
      values(scores) {
        const [none = 0, all = 0] = [scores[0], scores.at(-1)];
        return { values: shapleyValues(chosen, scores.subarray(1, -1), none, all, id), expected: all - none };
      },
    };
  });
}

/** Coalitions, and how much each counts. */
export interface WeighedCoalitions {
  readonly rows: readonly Coalition[];
  readonly weights: ArrayLike<number>;
}

/**
 * All coalitions but the empty and the full one, by the kernel (n - 1) / (C(n, k) k (n - k)); in the order of a Gray code, where
 * each differs from the one before in one segment, around the full one in two.
 */
export function allCoalitions(n: number): WeighedCoalitions {
  const rows = Array.from({ length: Math.max(2 ** n - 1, 0) }, (_, index) => {
    const code = (index + 1) ^ ((index + 1) >> 1);
    return Uint8Array.from({ length: n }, (_, i) => (code >> i) & 1);
  }).filter((row) => row.includes(0));
  const weights = rows.map((row) => {
    const k = row.reduce((sum, kept) => sum + kept, 0);
    return (n - 1) / (choose(n, k) * k * (n - k));
  });
  return { rows, weights };
}

function drawnCoalitions(n: number, samples: number, seed: number, id: string): WeighedCoalitions {
  const sizes = Float64Array.from({ length: n - 1 }, (_, i) => (n - 1) / ((i + 1) * (n - i - 1)));
  const total = sizes.reduce((a, b) => a + b, 0);
  const rows: Uint8Array[] = [];
  for (let pair = 0; rows.length < samples; pair++) {
    const numbers = randomStream(seed, 'kernel-shap', id, pair);
    const size = 1 + drawn(sizes, numbers.uniform(n) * total);
    const row = new Uint8Array(n);
    for (const segment of numbers.permutation(n).subarray(0, size)) row[segment] = 1;
    rows.push(row);
    if (rows.length < samples) rows.push(row.map((kept) => 1 - kept));
  }
  return { rows, weights: new Uint8Array(rows.length).fill(1) };
}

/** The index whose part of the weights, one behind the other, holds a number below their sum. */
function drawn(weights: Float64Array, number: number): number {
  let end = 0;
  const index = weights.findIndex((weight) => {
    end += weight;
    return number < end;
  });
  return index < 0 ? weights.length - 1 : index;
}

/**
 * The values phi that minimise sum w (f0 + z phi - y)^2 under sum phi = f1 - f0: with A = Z'WZ and b = Z'W(y - f0),
 * A^-1 (b - 1 (1'A^-1 b - (f1 - f0)) / 1'A^-1 1).
 * @throws InputError when the coalitions do not tell the segments apart
 */
export function shapleyValues(
  { rows, weights }: WeighedCoalitions,
  scores: ArrayLike<number>,
  none: number,
  all: number,
  where: string,
): Float64Array {
  if (rows.length === 0) return Float64Array.of(all - none);
  const changes = Float64Array.from(scores, (score) => score - none);
  const { matrix, side } = normalEquations(rows, weights, changes);
  const solved = solveSymmetric(matrix, [side, new Float64Array(side.length).fill(1)]);
  if (!solved) {
    throw mismatch({
      what: 'samples of kernel-shap',
      where,
      expected: `enough to tell ${side.length} segments apart`,
      got: String(rows.length),
    });
  }
  const [free, ones] = solved as [Float64Array, Float64Array];
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  const excess = (sum(free) - (all - none)) / sum(ones);
  return free.map((value, i) => value - (ones[i] as number) * excess);
}

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i;
  return result;
}
