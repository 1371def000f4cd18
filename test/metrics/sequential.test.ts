import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decidedAtLook, isNarrow, lookAt, obrienFlemingConstant } from '../../src/metrics/looks.js';
import { anytimeP, asymptoticSequence, BettingSequence, tightestAt } from '../../src/metrics/sequential.js';
import { randomStream } from '../../src/random.js';
import { hasShared, needsShared, shared } from '../shared.js';

/** The betting interval after the last of the values. */
function betting(values: Iterable<number>, alpha: number): BettingSequence {
  const sequence = new BettingSequence(alpha);
  for (const value of values) sequence.add(value);
  return sequence;
}

describe.runIf(hasShared)(`confidence sequences of a real stream${needsShared}`, () => {
  const folder = (name: string) => shared('golden-metrics', 'sequential', name);
  const expected = JSON.parse(readFileSync(folder('expected.json'), 'utf8'));
  const file = readFileSync(folder('stream.npy'));
  const stream = new Float64Array(new Uint8Array(file.subarray(file.length - 800)).buffer);
  const close = (value: number) => expect.closeTo(value, 9 - Math.ceil(Math.log10(Math.abs(value) + 1e-300)));

  for (const [name, golden] of Object.entries<Record<string, number[]>>(expected.asymptotic)) {
    it(`asymptotic, narrowest at ${name}`, () => {
      const rho = tightestAt(Number(name.slice(3)), expected.alpha);
      expect(rho).toBeCloseTo(golden.rho as unknown as number, 12);
      for (const [i, n] of (golden.n as number[]).entries()) {
        const values = stream.subarray(0, n);
        const sequence = asymptoticSequence(values, expected.alpha, rho);
        expect(sequence).toEqual({
          images: n,
          mean: close(golden.mean?.[i] as number),
          radius: close(golden.radius?.[i] as number),
        });
        const p = golden.p_mean_zero?.[i] as number;
        expect((anytimeP(values, rho) as number) / p).toBeCloseTo(1, 9);
      }
    });
  }

  it('of values in 0..1: betting', () => {
    const { n, betting: ends } = expected.bounded;
    const scaled = stream.map((v) => (v + 10) / 35);
    for (const [i, images] of (n as number[]).entries()) {
      const values = scaled.subarray(0, images);
      const { low, high } = betting(values, expected.alpha);
      expect(Math.abs(low - ends.low[i])).toBeLessThan(0.00101);
      expect(Math.abs(high - ends.high[i])).toBeLessThan(0.00101);
    }
  });
});

describe('looking after every image', () => {
  const RUNS = 400;
  const IMAGES = 300;
  const draws = Array.from({ length: RUNS }, (_, k) => [...randomStream('sequential', k).normals(IMAGES)]);

  it('misses a mean of 0 in at most 5 % of the runs, anywhere from 50 images on; naive tests three times as often', () => {
    const rho = tightestAt(100, 0.05);
    let [missed, naive] = [0, 0];
    for (const values of draws) {
      let [everMissed, everNaive] = [false, false];
      for (let n = 50; n <= IMAGES; n++) {
        const own = values.slice(0, n);
        const p = anytimeP(own, rho) as number;
        everMissed ||= p < 0.05;
        everNaive ||= decidedAtLook(own, 1, 1, 1.959964);
      }
      if (everMissed) missed++;
      if (everNaive) naive++;
    }
    expect(missed / RUNS).toBeLessThanOrEqual(0.05);
    // Between 50 and 300 images alone, peeking at 5 % decides several times as often.
    expect(naive / RUNS).toBeGreaterThan(0.15);
  }, 60_000);

  it('the p-value is below alpha exactly where 0 is outside', () => {
    const rho = tightestAt(100, 0.05);
    for (const values of draws.slice(0, 50)) {
      for (const shift of [0, 0.2, 0.5]) {
        const own = values.slice(0, 60).map((v) => v + shift);
        const { mean, radius } = asymptoticSequence(own, 0.05, rho) as { mean: number; radius: number };
        expect((anytimeP(own, rho) as number) < 0.05).toBe(Math.abs(mean) > radius);
      }
    }
  });

  it('has no answer for one value, and a sure one where nothing varies', () => {
    expect(asymptoticSequence([1], 0.05, 0.3)).toBeUndefined();
    expect(anytimeP([1], 0.3)).toBeUndefined();
    expect(anytimeP([0, 0], 0.3)).toBe(1);
    expect(anytimeP([2, 2], 0.3)).toBe(0);
  });

  it('hits: betting covers a share of 0.95, and never widens', () => {
    let missed = 0;
    for (let k = 0; k < 200; k++) {
      const stream = randomStream('betting', k);
      const hits = Array.from({ length: 100 }, (_, i) => (stream.uniform(i) < 0.95 ? 1 : 0));
      const { low, high } = betting(hits, 0.05);
      const before = betting(hits.slice(0, 50), 0.05);
      expect(low).toBeGreaterThanOrEqual(before.low);
      expect(high).toBeLessThanOrEqual(before.high);
      if (low > 0.95 || high < 0.95) missed++;
    }
    expect(missed / 200).toBeLessThanOrEqual(0.05);
  });
});

describe('looks of O’Brien and Fleming', () => {
  it('has the constants of the published table (two-sided, 5 %)', () => {
    // Jennison and Turnbull 2000, table 2.3.
    for (const [looks, c] of [
      [1, 1.96],
      [2, 1.977],
      [3, 2.004],
      [4, 2.024],
      [5, 2.04],
    ] as const)
      expect(obrienFlemingConstant(looks, 0.05)).toBeCloseTo(c, 3);
  });

  it('decides wrongly in 5 % of the runs of a mean of 0, whichever look it is', () => {
    const [looks, most, runs] = [5, 100, 4000];
    const c = obrienFlemingConstant(looks, 0.05);
    let wrong = 0;
    for (let k = 0; k < runs; k++) {
      const values = [...randomStream('looks', k).normals(most)];
      const decided = Array.from({ length: looks }, (_, i) =>
        decidedAtLook(values.slice(0, lookAt(i + 1, looks, most)), i + 1, looks, c),
      );
      if (decided.some(Boolean)) wrong++;
    }
    expect(Math.abs(wrong / runs - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / runs));
  });

  it('looks at the last image of every fifth', () => {
    expect([1, 2, 3, 4, 5].map((k) => lookAt(k, 5, 101))).toEqual([21, 41, 61, 81, 101]);
    expect(decidedAtLook([1], 1, 5, 2.04)).toBe(false);
    expect(decidedAtLook([1, 1], 1, 5, 2.04)).toBe(true);
    expect(decidedAtLook([0, 0], 5, 5, 2.04)).toBe(false);
  });
});

describe('the rule of Chow and Robbins', () => {
  it('stops at the first width that is narrow enough and covers then', () => {
    const runs = 2000;
    let covered = 0;
    for (let k = 0; k < runs; k++) {
      const values = [...randomStream('chow-robbins', k).normals(600)];
      let n = 50;
      while (!isNarrow(values.slice(0, n), 0.15, 0.95, 50)) n++;
      const mean = values.slice(0, n).reduce((a, b) => a + b, 0) / n;
      if (Math.abs(mean) <= 0.15) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.94);
  }, 60_000);

  it('needs its first images', () => {
    expect(isNarrow([1, 1, 1], 1, 0.95, 50)).toBe(false);
    expect(isNarrow([1, 1, 1], 1, 0.95, 3)).toBe(true);
    expect(isNarrow([0, 100, 50], 1, 0.95, 3)).toBe(false);
  });
});
