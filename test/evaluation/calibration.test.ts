import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { calibrate, chooseBatch } from '../../src/evaluation/calibration.js';
import type { Network } from '../../src/import/network.js';
import { plain } from '../perturbation/networks.js';
import { SmallRun } from '../run/small-run.js';

describe('chooseBatch', () => {
  const choose = (...seconds: number[]) =>
    chooseBatch(seconds.map((one, i) => ({ size: 2 ** i, seconds: one })));

  it('takes the fastest', () => {
    expect(choose(4, 3, 2, 1)).toBe(8);
    expect(choose(1, 2)).toBe(1);
    expect(choose(5)).toBe(1);
  });

  it('takes a smaller one that is at most 3 % slower', () => {
    expect(choose(2, 1.03, 1.02, 1)).toBe(2);
    expect(choose(2, 1.04, 1.02, 1)).toBe(4);
  });
});

it('measures larger and larger batches, as long as they gain', async () => {
  const { batch, times } = await calibrate(onnxruntime, plain(1) as Network);
  expect(times.map(({ size }) => size)).toEqual([1, 2, 4, 8, 16, 32].slice(0, times.length));
  expect(batch).toBe(chooseBatch(times));
  for (const { seconds } of times) expect(seconds).toBeGreaterThan(0);
});

describe('a run', () => {
  let small: SmallRun;
  beforeAll(() => {
    small = new SmallRun();
  });
  afterAll(() => small.remove());

  it('writes down what each batch took, and which was chosen', async () => {
    const lines = readFileSync(join(await small.finish('run'), 'timings.csv'), 'utf8').split('\n');
    const measured = lines.filter((line) => line.includes(': batch of '));
    expect(lines.slice(1, 1 + measured.length)).toEqual(measured);
    for (const line of measured) {
      expect(line).toMatch(
        /^"?experiment: batch of (1|2|4|8|16|32)( \(chosen\))?, a state"?,\d\.\d+(e-\d+)?$/,
      );
    }
    expect(measured.filter((line) => line.includes('(chosen)'))).toHaveLength(1);
  });
});
