import { describe, expect, it } from 'vitest';
import {
  anytimePValue,
  normalDoubts,
  type StopRule,
  signRule,
  widthRule,
} from '../../src/metrics/stopping.js';
import { randomStream } from '../../src/random.js';

/** The number of images after which a rule is met, as a run looks; undefined if never. */
function endOf(rule: StopRule, values: readonly number[]): number | undefined {
  const watch = rule.watch();
  for (const [i, value] of values.entries()) {
    watch.add(value);
    if (watch.met(i + 1)) return i + 1;
  }
  return undefined;
}

/** Whether a rule is met after the last of the values. */
function metAfter(rule: StopRule, values: readonly number[]): boolean {
  const watch = rule.watch();
  for (const value of values) watch.add(value);
  return watch.met(values.length);
}

const normals = (key: number, count: number, shift = 0) =>
  [...randomStream('stopping', key).normals(count)].map((value) => value + shift);

describe('the sign of a mean difference', () => {
  const alpha = 0.05;

  it('is decided wrongly in at most 5 % of the runs without a difference, from 50 images on', () => {
    const rule = signRule({ alpha, share: false });
    const ends = Array.from({ length: 400 }, (_, k) => endOf(rule, normals(k, 300)));
    const wrong = ends.filter((end) => end !== undefined);
    expect(wrong.length / 400).toBeLessThanOrEqual(0.05);
    expect(wrong.every((end) => (end as number) >= 50)).toBe(true);
  }, 60_000);

  it('is found, and with fewer images the larger it is', () => {
    const rule = signRule({ alpha, share: false });
    const [large, small] = [1, 0.2].map((shift) => endOf(rule, normals(1, 1000, shift)) as number);
    expect(large).toBe(50);
    expect(small).toBeGreaterThan(50);
  });

  it('by a few looks: decided at one of them only, wrongly in 5 % of the runs', () => {
    const rule = signRule({ alpha, share: false, most: 100 });
    const runs = 2000;
    const ends = Array.from({ length: runs }, (_, k) => endOf(rule, normals(k, 100)));
    const wrong = ends.filter((end) => end !== undefined);
    for (const end of wrong) expect([20, 40, 60, 80, 100]).toContain(end);
    expect(Math.abs(wrong.length / runs - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / runs));
  }, 60_000);

  it('of shares, by betting, is decided wrongly in at most 5 % of the runs however rare the hits', () => {
    const rule = signRule({ alpha, share: true });
    let wrong = 0;
    for (let k = 0; k < 100; k++) {
      const stream = randomStream('pointing', k);
      const hit = (i: number) => (stream.uniform(i) < 0.03 ? 1 : 0);
      const values = Array.from({ length: 120 }, (_, i) => hit(2 * i) - hit(2 * i + 1));
      // What betting has once decided stays decided, so that the last look has those of all.
      if (metAfter(rule, values)) wrong++;
    }
    expect(wrong).toBeLessThanOrEqual(5);
    expect(metAfter(rule, new Array(40).fill(1))).toBe(true);
    expect(metAfter(rule, new Array(40).fill(0))).toBe(false);
  });

  it('has a p-value from 50 values on', () => {
    expect(anytimePValue(normals(1, 49, 1))).toBeUndefined();
    expect(anytimePValue(normals(1, 50, 1))).toBeLessThan(0.05);
  });
});

describe('the width of an interval', () => {
  it('covers the mean as it promises when it ends a run', () => {
    const rule = widthRule({ halfWidth: 0.2, confidence: 0.95, share: false });
    let covered = 0;
    for (let k = 0; k < 500; k++) {
      const values = normals(k, 300);
      const end = endOf(rule, values) as number;
      if (Math.abs(values.slice(0, end).reduce((a, b) => a + b, 0) / end) <= 0.2) covered++;
    }
    expect(covered / 500).toBeGreaterThan(0.93);
  }, 60_000);

  it('of a share, by betting', () => {
    const rule = widthRule({ halfWidth: 0.1, confidence: 0.95, share: true });
    expect(metAfter(rule, [1, 0, 1])).toBe(false);
    expect(metAfter(rule, new Array(100).fill(1))).toBe(true);
  });
});

describe('what makes a decision doubtful', () => {
  it('is strong skew, and values that hardly ever differ', () => {
    expect(normalDoubts(normals(1, 100))).toEqual([]);
    expect(normalDoubts([])).toEqual([]);
    expect(normalDoubts([1, 2, 3])).toEqual([]);
    const skewed = normals(1, 100).map((value) => Math.exp(1.5 * value));
    expect(normalDoubts(skewed)).toEqual([expect.stringMatching(/^strongly skewed \(skewness \d/)]);
    const rare = Array.from({ length: 100 }, (_, i) => (i < 4 ? 1 : i < 8 ? -1 : 0));
    expect(normalDoubts(rare)).toEqual(['a matter of rare events (8 of 100 images differ)']);
  });

  it('of rules that rest on the normal distribution; betting holds whatever the values are', () => {
    const rare = Array.from({ length: 100 }, (_, i) => (i < 4 ? 1 : i < 8 ? -1 : 0));
    const sign = { alpha: 0.05, share: true };
    const width = { halfWidth: 0.1, confidence: 0.95, share: true };
    expect([signRule(sign), widthRule(width)].map((rule) => rule.doubts(rare))).toEqual([[], []]);
    const normal = [signRule({ ...sign, most: 100 }), widthRule({ ...width, share: false })];
    for (const rule of normal) expect(rule.doubts(rare)).toHaveLength(1);
  });

  it('with reason: of such values the sign is decided wrongly more often than in 5 % of the runs', () => {
    const rule = signRule({ alpha: 0.05, share: false });
    const mean = Math.exp(1.5 ** 2 / 2);
    const ends = Array.from({ length: 300 }, (_, k) =>
      endOf(
        rule,
        normals(k, 300).map((value) => Math.exp(1.5 * value) - mean),
      ),
    );
    expect(ends.filter((end) => end !== undefined).length / 300).toBeGreaterThan(0.1);
  }, 60_000);
});
