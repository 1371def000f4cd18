import { describe, expect, it } from 'vitest';
import type { Evaluate } from '../../src/evaluation/job.js';
import { chunkSize } from '../../src/queue/chunk-size.js';
import { Ledger } from '../../src/queue/ledger.js';

const job = (key: string, network = 0): Evaluate => ({ kind: 'evaluate', key, network, sample: 0, also: [] });
const keysOf = (chunk: { jobs: readonly Evaluate[] } | undefined) => chunk?.jobs.map(({ key }) => key);

describe('the ledger', () => {
  it('hands out every unit once, in chunks of one network, and knows when all have arrived', () => {
    const ledger = new Ledger([job('a'), job('b'), job('c'), job('d', 1)], 'n');
    const chunks = [2, 2, 2, 2].map((most) => ledger.handOut(most));
    expect(chunks.map(keysOf)).toEqual([['a', 'b'], ['c'], ['d'], undefined]);
    expect(ledger.out).toEqual(['n-0', 'n-1', 'n-2']);
    expect(ledger.arrive('a', 'n-0', '01')).toBe('first');
    expect(ledger.arrive('b', 'n-0', '02')).toBe('first');
    expect(ledger.out).toEqual(['n-1', 'n-2']);
    ledger.arrive('c', 'n-1', '03');
    ledger.arrive('d', 'n-2', undefined);
    expect({ left: ledger.left, out: ledger.out }).toEqual({ left: 0, out: [] });
  });

  it('counts the units that nobody has: those that were never handed out, and those that were given back', () => {
    const ledger = new Ledger([job('a'), job('b'), job('c')], 'n');
    const counts = [ledger.waiting];
    ledger.handOut(2);
    counts.push(ledger.waiting);
    ledger.takeBack('n-0', ['b'], false);
    counts.push(ledger.waiting);
    ledger.arrive('a', 'n-0', '01'); // It was in hand, so nothing less waits.
    counts.push(ledger.waiting);
    ledger.handOut(1);
    ledger.handOut(1);
    counts.push(ledger.waiting);
    expect(counts).toEqual([3, 1, 2, 2, 0]);
  });

  it('compares what arrives again, whoever had it; what was given up is compared with nothing', () => {
    const ledger = new Ledger([job('a'), job('b')], 'n');
    ledger.handOut(2);
    ledger.arrive('a', 'n-0', 'ffffffffffffffff');
    expect(ledger.arrive('a', 'before', 'ffffffffffffffff')).toBe('same');
    expect(ledger.arrive('a', 'n-0', 'fffffffffffffffe')).toBe('other');
    expect(ledger.arrive('x', 'n-0', '01')).toBe('unknown');
    ledger.arrive('b', 'n-0', undefined);
    expect(ledger.arrive('b', 'n-0', '05')).toBe('same');
    expect(ledger.left).toBe(0);
  });

  it('hands out first what was given back, alone what shall be alone, and nothing that has arrived meanwhile', () => {
    const ledger = new Ledger(
      ['a', 'b', 'c', 'd', 'e'].map((key) => job(key)),
      'n',
    );
    ledger.handOut(4);
    ledger.arrive('a', 'n-0', '01');
    ledger.takeBack('n-0', ['a', 'b', 'c', 'd'], true);
    ledger.takeBack('n-0', ['b'], false);
    ledger.arrive('c', 'n-0', '03');
    expect(ledger.handOut(9)).toMatchObject({ jobs: [{ key: 'b' }], alone: true, id: 'n-1' });
    expect(ledger.handOut(9)).toMatchObject({ jobs: [{ key: 'd' }], alone: true });
    expect(ledger.handOut(9)).toMatchObject({ jobs: [{ key: 'e' }], alone: false });
    ledger.takeBackAll('n-1');
    expect(ledger.handOut(9)).toMatchObject({ jobs: [{ key: 'b' }], alone: true });
    expect(ledger.handOut(9)).toBeUndefined();
  });
});

describe('the size of a chunk', () => {
  it.each([
    ['20 seconds of a thread', { seconds: 0.1, left: 1e6, threads: 64 }, 200],
    ['at most 500 units', { seconds: 1e-9, left: 1e6, threads: 64 }, 500],
    ['at least one', { seconds: 300, left: 1e6, threads: 64 }, 1],
    [
      'an eighth of what is left for every thread, towards the end',
      { seconds: 0.1, left: 1280, threads: 16 },
      10,
    ],
  ])('is worth %s', (_, given, size) => {
    expect(chunkSize(given)).toBe(size);
  });
});
