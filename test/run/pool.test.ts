import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { runPool } from '../../src/run/pool.js';
import type { Outcome } from '../../src/run/workers.js';

interface Job {
  readonly id: number;
  readonly deed?: 'exit' | 'throw' | 'crash' | 'exhaust' | 'linger';
}

const worker = new URL('./faulty-worker.mjs', import.meta.url);
const never = new AbortController().signal;

function jobs(count: number, deeds: Readonly<Record<number, Job['deed']>> = {}): Job[] {
  return Array.from({ length: count }, (_, id) => ({ id, ...(deeds[id] && { deed: deeds[id] }) }));
}

async function run(list: readonly Job[], signal = never, url = worker): Promise<Map<number, string>> {
  const outcomes = new Map<number, string>();
  for await (const outcome of runPool<Job, string>(
    list,
    { worker: url, workers: 2, workerData: null },
    signal,
  )) {
    expect(outcomes.has(outcome.job.id)).toBe(false);
    outcomes.set(outcome.job.id, textOf(outcome));
  }
  return outcomes;
}

function textOf(outcome: Outcome<Job, string>): string {
  return 'error' in outcome ? outcome.error : outcome.result;
}

function good(list: readonly Job[]): [number, string][] {
  return list.map(({ id }) => [id, `done ${id}`]);
}

// Workers get this much heap, so that the one that takes more and more does not take all there is.
setFlagsFromString('--max-old-space-size=64');

describe('runPool', () => {
  it('does every job once', async () => {
    const list = jobs(50);
    const outcomes = await run(list);
    expect([...outcomes].sort(([a], [b]) => a - b)).toEqual(good(list));
  });

  it.each([
    ['ends its process', 'exit', 'worker exited with code: 7'],
    ['throws', 'throw', 'thrown by 5'],
    ['throws where nobody catches it', 'crash', 'uncaught in 5'],
    [
      'runs out of memory',
      'exhaust',
      'Worker terminated due to reaching memory limit: JS heap out of memory',
    ],
  ] as const)('lists only the job whose worker %s, and does all others', async (_, deed, reason) => {
    const list = jobs(20, { 5: deed, 6: 'linger', 7: 'linger' });
    const outcomes = await run(list);
    expect(outcomes.get(5)).toBe(`failed twice, alone the second time: ${reason}`);
    outcomes.delete(5);
    expect([...outcomes].sort(([a], [b]) => a - b)).toEqual(good(list.filter(({ id }) => id !== 5)));
  });

  it('survives workers that die one after the other', async () => {
    const list = jobs(
      12,
      Object.fromEntries(Array.from({ length: 12 }, (_, i) => [i, i % 2 ? 'exit' : undefined])),
    );
    const outcomes = await run(list);
    expect([...outcomes.values()].filter((text) => text.startsWith('done'))).toHaveLength(6);
    expect(outcomes.size).toBe(12);
  });

  it('starts nothing after an abort, and hands over what was in hand', async () => {
    const interrupt = new AbortController();
    const list = jobs(50);
    const outcomes: number[] = [];
    const pool = { worker, workers: 2, workerData: null };
    for await (const { job } of runPool<Job, string>(list, pool, interrupt.signal)) {
      outcomes.push(job.id);
      if (outcomes.length === 10) interrupt.abort();
    }
    // Two jobs for each of two workers, one of them the tenth that was handed over.
    expect(outcomes.sort((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, i) => i));
  });

  it('lets the jobs in hand finish when nobody wants them any more', async () => {
    const counts = new Int32Array(new SharedArrayBuffer(8));
    const list = jobs(50, { 1: 'linger', 2: 'linger' });
    for await (const _ of runPool<Job, string>(list, { worker, workers: 2, workerData: counts }, never))
      break;
    expect(counts[0]).toBe(4);
    expect(counts[1]).toBe(4);
  });

  it('throws when the worker module does not load', async () => {
    await expect(run(jobs(5), never, new URL('./nowhere.mjs', import.meta.url))).rejects.toThrow(
      /nowhere\.mjs/,
    );
  });
});
