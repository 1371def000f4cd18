import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { type Outcome, runPool } from '../../src/run/pool.js';

interface Task {
  readonly id: number;
  readonly deed?: 'exit' | 'throw' | 'crash' | 'exhaust' | 'linger';
}

const worker = new URL('./faulty-worker.mjs', import.meta.url);
const never = new AbortController().signal;

function tasks(count: number, deeds: Readonly<Record<number, Task['deed']>> = {}): Task[] {
  return Array.from({ length: count }, (_, id) => ({ id, ...(deeds[id] && { deed: deeds[id] }) }));
}

async function run(list: readonly Task[], signal = never, url = worker): Promise<Map<number, string>> {
  const outcomes = new Map<number, string>();
  for await (const outcome of runPool<Task, string>(
    list,
    { worker: url, workers: 2, workerData: null },
    signal,
  )) {
    expect(outcomes.has(outcome.task.id)).toBe(false);
    outcomes.set(outcome.task.id, textOf(outcome));
  }
  return outcomes;
}

function textOf(outcome: Outcome<Task, string>): string {
  return 'error' in outcome ? outcome.error : outcome.result;
}

function good(list: readonly Task[]): [number, string][] {
  return list.map(({ id }) => [id, `done ${id}`]);
}

// Workers get this much heap, so that the one that takes more and more does not take all there is.
setFlagsFromString('--max-old-space-size=64');

describe('runPool', () => {
  it('does every task once', async () => {
    const list = tasks(50);
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
  ] as const)('lists only the task whose worker %s, and does all others', async (_, deed, reason) => {
    const list = tasks(20, { 5: deed, 6: 'linger', 7: 'linger' });
    const outcomes = await run(list);
    expect(outcomes.get(5)).toBe(`failed twice, alone the second time: ${reason}`);
    outcomes.delete(5);
    expect([...outcomes].sort(([a], [b]) => a - b)).toEqual(good(list.filter(({ id }) => id !== 5)));
  });

  it('survives workers that die one after the other', async () => {
    const list = tasks(
      12,
      Object.fromEntries(Array.from({ length: 12 }, (_, i) => [i, i % 2 ? 'exit' : undefined])),
    );
    const outcomes = await run(list);
    expect([...outcomes.values()].filter((text) => text.startsWith('done'))).toHaveLength(6);
    expect(outcomes.size).toBe(12);
  });

  it('starts nothing after an abort, and hands over what was in hand', async () => {
    const interrupt = new AbortController();
    const list = tasks(50);
    const outcomes: number[] = [];
    const pool = { worker, workers: 2, workerData: null };
    for await (const { task } of runPool<Task, string>(list, pool, interrupt.signal)) {
      outcomes.push(task.id);
      if (outcomes.length === 10) interrupt.abort();
    }
    // Two tasks for each of two workers, one of them the tenth that was handed over.
    expect(outcomes.sort((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, i) => i));
  });

  it('lets the tasks in hand finish when nobody wants them any more', async () => {
    const counts = new Int32Array(new SharedArrayBuffer(8));
    const list = tasks(50, { 1: 'linger', 2: 'linger' });
    for await (const _ of runPool<Task, string>(list, { worker, workers: 2, workerData: counts }, never))
      break;
    expect(counts[0]).toBe(4);
    expect(counts[1]).toBe(4);
  });

  it('throws when the worker module does not load', async () => {
    await expect(run(tasks(5), never, new URL('./nowhere.mjs', import.meta.url))).rejects.toThrow(
      /nowhere\.mjs/,
    );
  });
});
