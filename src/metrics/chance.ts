/** From here on so many hits are not explained by guessing. */
const SURPRISING = 0.05;

/**
 * Whether a classifier's hits cannot be told from guessing: less than half way from chance to all of them, and no fewer
 * than guessing reaches in more than one of twenty cases (binomial distribution).
 *
 * @param hits of `count` answers
 * @param chance probability of a hit by guessing, in (0, 1)
 */
export function isNearChance(hits: number, count: number, chance: number): boolean {
  if (count === 0 || hits / count >= (1 + chance) / 2) return false;
  return atLeast(hits, count, chance) > SURPRISING;
}

/** Probability of at least `hits` hits in `count` independent tries. */
export function atLeast(hits: number, count: number, chance: number): number {
  let log = count * Math.log1p(-chance);
  let below = 0;
  for (let k = 0; k < hits; k++) {
    below += Math.exp(log);
    log += Math.log((count - k) / (k + 1)) + Math.log(chance) - Math.log1p(-chance);
  }
  return Math.max(0, 1 - below);
}
