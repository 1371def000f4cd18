import { z } from 'zod';
import { mismatch } from '../../errors.js';
import { randomStream } from '../../random.js';
import type { Attribution } from './attribution.js';
import { type Coalition, everything } from './coalition.js';
import { normalEquations, solveSymmetric } from './least-squares.js';
import { overCoalitions, sampled } from './over-coalitions.js';
import { OUTPUT } from './score.js';
import { BASELINE } from './starts.js';

export const LIME = z.strictObject({
  ...sampled('random coalitions; the first one is the input itself'),
  alpha: z.number().positive().default(1).describe('strength of the ridge'),
  width: z
    .number()
    .positive()
    .default(0.25)
    .describe('width of the kernel that weighs coalitions by their likeness to the input'),
  baseline: BASELINE,
  output: OUTPUT,
});

/**
 * LIME for images (Ribeiro et al. 2016; the numbers of its authors' package): a linear model with ridge of how the score
 * depends on which segments are kept, each with probability 1/2. A coalition with a share s of the segments counts
 * sqrt(exp(-d^2 / width^2)) with d = 1 - sqrt(s), its cosine distance from all of them.
 */
export function lime(settings: z.infer<typeof LIME>): Attribution {
  const { samples } = settings;
  return overCoalitions('lime', settings, ({ seed }) => (count, id) => {
    const rows = drawnRows(count, samples, seed, id);
    return { rows, values: (scores) => ({ values: ridge(rows, scores, settings, id).values }) };
  });
}

function drawnRows(n: number, samples: number, seed: number, id: string): Coalition[] {
  return Array.from({ length: samples }, (_, sample) => {
    if (sample === 0) return everything(n);
    const numbers = randomStream(seed, 'lime', id, sample);
    return Uint8Array.from({ length: n }, (_, i) => (numbers.uniform(i) < 0.5 ? 1 : 0));
  });
}

/**
 * The linear model: centred by weighted means, so that the intercept is free of the ridge.
 * @throws InputError when neither the coalitions nor the ridge tell the segments apart
 */
export function ridge(
  rows: readonly Coalition[],
  scores: ArrayLike<number>,
  { alpha, width }: { readonly alpha: number; readonly width: number },
  where: string,
): { values: Float64Array; intercept: number } {
  const n = rows[0]?.length ?? 0;
  const weights = rows.map((row) => {
    const distance = 1 - Math.sqrt(Array.from(row).reduce((sum, kept) => sum + kept, 0) / n);
    return Math.sqrt(Math.exp(-((distance / width) ** 2)));
  });
  const total = weights.reduce((a, b) => a + b, 0);
  const mean = (of: (row: number) => number) =>
    weights.reduce((sum, weight, row) => sum + weight * of(row), 0) / total;
  // From the first score on, so that scores that do not vary give exactly nothing.
  const first = scores[0] as number;
  const rise = mean((row) => (scores[row] as number) - first);
  const kept = Float64Array.from({ length: n }, (_, i) => mean((row) => rows[row]?.[i] as number));
  const centred = rows.map((row) => Float64Array.from(kept, (average, i) => (row[i] as number) - average));
  const changes = Float64Array.from(scores, (own) => own - first - rise);
  const { matrix, side } = normalEquations(centred, weights, changes);
  for (let i = 0; i < n; i++) matrix[i * n + i] = (matrix[i * n + i] as number) + alpha;
  const [values] = solveSymmetric(matrix, [side]) ?? [];
  if (!values) {
    throw mismatch({
      what: 'samples and alpha of lime',
      where,
      expected: `enough to tell ${n} segments apart`,
      got: `${rows.length} and ${alpha}`,
    });
  }
  return {
    values,
    intercept: first + rise - values.reduce((sum, value, i) => sum + value * (kept[i] as number), 0),
  };
}
