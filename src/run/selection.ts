import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { DatasetConfig } from '../datasets/config.js';
import type { Sample } from '../datasets/dataset.js';
import { writeAtomic } from '../report/files.js';
import type { ResultsDirectory } from './directory.js';
import { type PoolOptions, runPool } from './pool.js';
import type { Job, JobResult } from './worker.js';

/** Which samples a run uses, and which it passed over. */
export interface Selection {
  /** Sample ids, in order of id. */
  readonly images: readonly string[];
  /** With `select: correct`: drawn, but classified wrongly by the (first) network. */
  readonly misclassified: readonly string[];
  /** Drawn, but not readable. */
  readonly unreadable: readonly { readonly image: string; readonly reason: string }[];
}

/**
 * The samples that a run uses: all that were drawn or, with `select: correct`, the first `limit` of them that the first
 * network classifies correctly. The choice is kept in selection.json, so that resuming does not classify again.
 * Returns undefined when the signal ended it early.
 */
export async function selectSamples(
  directory: ResultsDirectory,
  samples: readonly Sample[],
  { select, limit = samples.length }: DatasetConfig,
  pool: PoolOptions,
  signal: AbortSignal,
): Promise<Selection | undefined> {
  if (select === 'all') return { images: samples.map(({ id }) => id), misclassified: [], unreadable: [] };
  const path = directory.file('selection.json');
  if (existsSync(path)) return JSON.parse(await readFile(path, 'utf8')) as Selection;
  const selection = await selectCorrect(samples, limit, pool, signal);
  if (selection) await writeAtomic(path, `${JSON.stringify(selection, null, 2)}\n`);
  return selection;
}

async function selectCorrect(
  samples: readonly Sample[],
  limit: number,
  pool: PoolOptions,
  signal: AbortSignal,
): Promise<Selection | undefined> {
  const verdicts = new Map<number, boolean | string>();
  const enough = new AbortController();
  let correct = 0;
  const jobs = samples.map(
    (_, sample): Job => ({ kind: 'classify', task: { key: '', network: 0, sample, keepHeatmaps: false } }),
  );
  for await (const outcome of runPool<Job, JobResult>(jobs, pool, AbortSignal.any([signal, enough.signal]))) {
    const { sample } = outcome.task.task;
    if ('error' in outcome) verdicts.set(sample, outcome.error);
    else if (outcome.result.kind === 'classify') verdicts.set(sample, outcome.result.verdict);
    if (verdicts.get(sample) === true && ++correct === limit) enough.abort();
  }
  if (signal.aborted) return undefined;
  return firstCorrect(samples, limit, verdicts);
}

/** Jobs start in order but end in any: only samples up to the limit-th correct one count, whatever was tried beyond. */
function firstCorrect(
  samples: readonly Sample[],
  limit: number,
  verdicts: ReadonlyMap<number, boolean | string>,
): Selection {
  const images: string[] = [];
  const misclassified: string[] = [];
  const unreadable: { image: string; reason: string }[] = [];
  for (const [index, { id }] of samples.entries()) {
    if (images.length === limit) break;
    const verdict = verdicts.get(index);
    if (verdict === true) images.push(id);
    else if (verdict === false) misclassified.push(id);
    else if (verdict !== undefined) unreadable.push({ image: id, reason: verdict });
  }
  return { images: images.sort(), misclassified, unreadable };
}
