import { finite } from './metric.js';

/** The least and the greatest AOPC that any order of the regions reaches on one image. */
export interface AopcBounds {
  lower: number;
  upper: number;
}

/** Scores of an image with each of the given sets of regions replaced, in the order of the sets. */
export type ScoreSets = (sets: readonly (readonly number[])[]) => Promise<ArrayLike<number>>;

/**
 * Normalised AOPC: (AOPC - lower) / (upper - lower), 0 at the worst and 1 at the best order of the regions,
 * comparable between networks (Edin et al. 2024, arXiv 2408.08137). Undefined where all orders score the
 * same.
 */
export function normaliseByBounds(value: number, { lower, upper }: AopcBounds): number | undefined {
  return upper > lower ? finite((value - lower) / (upper - lower)) : undefined;
}

/**
 * Searches the orders of `regions` regions, `steps` of them replaced, for the least and the greatest AOPC
 * (arXiv 2408.08137: beam search). Orders that have replaced the same set are one candidate, so a beam at
 * least as wide as the number of sets of one size is the exact search; a narrower one gives bounds from
 * inside. Costs up to 2 * steps * beam * regions scores, hence a matter of tens of regions, not of hundreds.
 * The scores must depend on the set alone, not on the order it was replaced in: fills keyed by region do.
 */
export async function searchAopcBounds(
  regions: number,
  steps: number,
  beam: number,
  scores: ScoreSets,
): Promise<AopcBounds> {
  const start = (await scores([[]]))[0] as number;
  const meanOf = (sum: number) => start - sum / (steps + 1);
  const lowestSum = start + (await bestSum(regions, steps, beam, scores, 1));
  const highestSum = start + (await bestSum(regions, steps, beam, scores, -1));
  return { lower: meanOf(highestSum), upper: meanOf(lowestSum) };
}

interface Candidate {
  set: readonly number[];
  /** Sum of the scores on the way to this set, the image itself left out. */
  sum: number;
}

/** The extreme sum of scores over k = 1..steps: the least for sign 1, the greatest for sign -1. */
async function bestSum(
  regions: number,
  steps: number,
  beam: number,
  scores: ScoreSets,
  sign: 1 | -1,
): Promise<number> {
  let candidates: Candidate[] = [{ set: [], sum: 0 }];
  for (let step = 0; step < steps; step++) {
    const grown = growSets(candidates, regions, sign);
    const found = await scores(grown.map(({ set }) => set));
    candidates = grown
      .map(({ set, sum }, i) => ({ set, sum: sum + (found[i] as number) }))
      .sort((a, b) => sign * (a.sum - b.sum))
      .slice(0, beam);
  }
  return (candidates[0] as Candidate).sum;
}

/** Every candidate with one more region; of several ways to one set only the best. */
function growSets(candidates: readonly Candidate[], regions: number, sign: 1 | -1): Candidate[] {
  const bySet = new Map<string, Candidate>();
  for (const { set, sum } of candidates) {
    for (let region = 0; region < regions; region++) {
      if (set.includes(region)) continue;
      const larger = [...set, region].sort((a, b) => a - b);
      const key = larger.join();
      const known = bySet.get(key);
      if (!known || sign * (sum - known.sum) < 0) bySet.set(key, { set: larger, sum });
    }
  }
  return [...bySet.values()];
}
