import type { Evaluate } from '../evaluation/job.js';
import type { UnitResult } from '../evaluation/unit.js';
import { journalLine, parseLine } from '../results/journal.js';
import type { Workers } from '../run/workers.js';
import type { Crew, CrewOutcome } from './crew.js';
import type { Canaries } from './statement.js';

/** How many units of a network are looked at for one that can be computed. */
export const LOOKED_AT = 5;

/** A canary with how long it took here. */
export interface ChosenCanaries extends Canaries {
  /** Seconds, in the order of jobs. */
  readonly seconds: readonly number[];
  /** Networks without one: none of the units looked at can be computed. */
  readonly without: readonly number[];
}

/** Of every network of these jobs the unit that is its canary, if it can be computed. Files of heatmaps are not made of it. */
export function likelyCanaries(evaluations: readonly Evaluate[]): Evaluate[] {
  return candidatesOf(evaluations).flatMap(([first]) => first ?? []);
}

/** By network: some of its units, as a canary is computed. */
function candidatesOf(evaluations: readonly Evaluate[]): Evaluate[][] {
  const networks = [...new Set(evaluations.map(({ network }) => network))];
  return networks.map((network) =>
    evaluations
      .filter((job) => job.network === network)
      .slice(0, LOOKED_AT)
      .map(withoutFiles),
  );
}

/**
 * Chooses and computes a canary of every network of these jobs: its first unit that can be computed. Files of heatmaps are
 * not made; everything else is, so that images, weights and all methods are the same where its line is.
 */
export async function chooseCanaries(
  evaluations: readonly Evaluate[],
  workers: Workers,
  signal: AbortSignal,
): Promise<ChosenCanaries> {
  const chosen = { jobs: [] as Evaluate[], checksums: [] as string[], seconds: [] as number[] };
  const networks = new Set(evaluations.map(({ network }) => network));
  let candidates = candidatesOf(evaluations);
  while (candidates.length > 0 && !signal.aborted) {
    const jobs = candidates.map(([first]) => first as Evaluate);
    for await (const outcome of workers.run(jobs, signal)) {
      if ('error' in outcome || outcome.result.unit.status !== 'done') continue;
      const { unit, seconds } = outcome.result;
      chosen.jobs.push(outcome.job);
      chosen.checksums.push(checksumOf(unit));
      chosen.seconds.push(seconds);
      networks.delete(outcome.job.network);
    }
    candidates = candidates
      .map(([, ...others]) => others)
      .filter(([first]) => first && networks.has(first.network));
  }
  return { ...chosen, without: [...networks] };
}

/**
 * Computes canaries that others have chosen; returns their checksums in their order, empty for one that cannot be computed here.
 *
 * @param known checksums by key, which grow by what is computed
 * @throws InputError when no job can be done
 */
export async function computeCanaries(
  jobs: readonly Evaluate[],
  crew: Crew,
  known = new Map<string, string>(),
): Promise<string[]> {
  const unknown = jobs.filter(({ key }) => !known.has(key));
  const outcomes = await Promise.all(unknown.map((job) => crew.do(job, false)));
  crew.failure.throwIfAborted();
  unknown.forEach(({ key }, i) => {
    const outcome = outcomes[i] as CrewOutcome;
    known.set(key, outcome === 'left' || 'error' in outcome ? '' : checksumOf(outcome.result.unit));
  });
  return jobs.map(({ key }) => known.get(key) ?? '');
}

function withoutFiles(job: Evaluate): Evaluate {
  return { ...job, also: job.also.filter((extra) => extra !== 'heatmaps') };
}

function checksumOf(unit: UnitResult): string {
  return parseLine(journalLine(unit))?.checksum ?? '';
}
