/** Longer names are never typed, and more of them are not compared: it would take seconds. */
const LONGEST_NAME = 64;
const MOST_COMPARED = 10_000;

/** Shorter beginnings say little. */
const SHORTEST_BEGINNING = 3;

/** The candidate nearest to what was typed, when it is near enough to be what was meant. */
export function suggest(typed: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(typed.length / 3)) + 1;
  let compared = 0;
  for (const candidate of candidates) {
    if (typed.length > LONGEST_NAME || compared++ === MOST_COMPARED) break;
    if (Math.abs(candidate.length - typed.length) >= least) continue;
    const distance = editDistance(typed.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** The longest candidate that what was typed begins with (`Conv` of `Convolution`), else the shortest that begins with it. */
function beginning(typed: string, candidates: Iterable<string>): string | undefined {
  const lower = typed.toLowerCase();
  if (lower.length < SHORTEST_BEGINNING || lower.length > LONGEST_NAME) return undefined;
  let [longest, shortest]: (string | undefined)[] = [];
  let compared = 0;
  for (const candidate of candidates) {
    if (compared++ === MOST_COMPARED) break;
    const own = candidate.toLowerCase();
    const isLonger = candidate.length > (longest?.length ?? SHORTEST_BEGINNING - 1);
    if (lower.startsWith(own) && isLonger) longest = candidate;
    if (own.startsWith(lower) && candidate.length < (shortest?.length ?? Number.POSITIVE_INFINITY))
      shortest = candidate;
  }
  return longest ?? shortest;
}

/** ` (did you mean 'x'?)`, or nothing when no candidate is near, or is its beginning or begins with it. */
export function didYouMean(typed: string, candidates: Iterable<string>): string {
  const best = suggest(typed, candidates) ?? beginning(typed, candidates);
  return best === undefined ? '' : ` (did you mean '${best}'?)`;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
