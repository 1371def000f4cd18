import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AOPC_METRICS,
  abpc,
  aopc,
  aopcByStep,
  aopcSum,
  aopcVersusRandom,
  areaUnderCurve,
  meanCurve,
  relativeToStart,
} from '../../src/metrics/aopc.js';
import { hasShared, needsShared, shared } from '../shared.js';

// f falls 8 -> 4 -> 2 -> 2: drops 0, 4, 6, 6 add up to 16, over L + 1 = 4 steps.
const morf = [8, 4, 2, 2];
const lerf = [8, 8, 7, 2];
const random = [8, 6, 4, 2];
const insertion = [2, 5, 8, 8];

describe('AOPC of one curve', () => {
  it('counts k = 0 and divides by L + 1', () => {
    expect(aopc(morf)).toBe(4);
    expect(aopc(lerf)).toBe(7 / 4);
    expect(aopcSum(morf)).toBe(16);
    expect(aopc([5])).toBe(0);
  });

  it('is known at every L', () => {
    expect([...aopcByStep(morf)]).toEqual([0, 2, 10 / 3, 4]);
    expect([...aopcByStep(Float32Array.from(morf))]).toEqual([0, 2, 10 / 3, 4]);
  });

  it('has no value without scores or with a score that is no number', () => {
    for (const curve of [[], [1, Number.NaN], [1, Number.POSITIVE_INFINITY]]) {
      expect(aopc(curve)).toBeUndefined();
      expect(aopcSum(curve)).toBeUndefined();
    }
    expect(abpc([], [])).toBeUndefined();
    expect(areaUnderCurve([1])).toBeUndefined();
  });

  it('does not depend on a constant added to the scores', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }),
        fc.integer(),
        (curve, shift) => {
          expect(aopc(curve.map((score) => score + shift))).toBeCloseTo(aopc(curve) as number, 4);
        },
      ),
      { seed: 1 },
    );
  });
});

describe('pairs of curves', () => {
  it('ABPC is the mean gap, which is the difference of the AOPCs', () => {
    expect(abpc(morf, lerf)).toBe(9 / 4);
    expect(aopcVersusRandom(morf, random)).toBe(1);
    expect((aopc(morf) as number) - (aopc(lerf) as number)).toBe(9 / 4);
  });

  it('refuses curves of different lengths', () => {
    expect(() => abpc(morf, [1])).toThrow('lengths 4 and 1 differ');
    expect(() => meanCurve([morf, [1]])).toThrow('lengths 4 and 1 differ');
  });

  it('averages step by step', () => {
    expect([...(meanCurve([morf, lerf]) as Float64Array)]).toEqual([8, 6, 4.5, 2]);
    expect(meanCurve([])).toBeUndefined();
  });
});

describe('normalised forms', () => {
  it('relative scores start at 1', () => {
    expect([...(relativeToStart(morf) as Float64Array)]).toEqual([1, 0.5, 0.25, 0.25]);
  });

  it('a score that starts at or below 0 has nothing to lose', () => {
    expect(relativeToStart([0, -1])).toBeUndefined();
    expect(relativeToStart([-2, -1])).toBeUndefined();
    expect(relativeToStart([])).toBeUndefined();
  });

  it('the area under the curve follows the trapezoid rule, in either direction', () => {
    // trapezoids 6, 3, 2 over three steps
    expect(areaUnderCurve(morf)).toBe(11 / 3);
    expect(areaUnderCurve(morf.toReversed())).toBe(11 / 3);
  });
});

describe('AOPC_METRICS', () => {
  const value = (id: string, curves: object) => AOPC_METRICS.find((metric) => metric.id === id)?.of(curves);

  it('reads each value from the curves it needs', () => {
    const curves = { morf, lerf, random, insertion, bounds: { lower: -1, upper: 9 } };
    expect(Object.fromEntries(AOPC_METRICS.map(({ id, of }) => [id, of(curves)]))).toEqual({
      aopc_morf: 4,
      aopc_lerf: 7 / 4,
      abpc: 9 / 4,
      aopc_morf_vs_random: 1,
      aopc_morf_sum: 16,
      aopc_morf_relative: 0.5,
      deletion_auc: 11 / 3,
      insertion_auc: 6,
      aopc_morf_normalised: 0.5,
      aopc_lerf_normalised: 0.275,
    });
  });

  it('has no value where a curve is missing', () => {
    expect(value('abpc', { morf })).toBeUndefined();
    expect(value('aopc_lerf', { morf })).toBeUndefined();
    expect(value('aopc_morf_normalised', { morf })).toBeUndefined();
    expect(value('aopc_lerf_normalised', { morf, bounds: { lower: 0, upper: 1 } })).toBeUndefined();
    expect(value('aopc_morf_vs_random', { morf, lerf })).toBeUndefined();
  });
});

describe.skipIf(!hasShared)(`golden runs${needsShared}`, () => {
  interface Run {
    morf_logits: number[];
    lerf_logits: number[];
    aopc_morf: number;
    aopc_lerf: number;
    abpc: number;
  }

  it('agree with the independent implementation', () => {
    const networks: Record<string, Record<string, { perturbation: Run }>> = JSON.parse(
      readFileSync(shared('golden', 'index-real.json'), 'utf8'),
    );
    const runs = Object.values(networks).flatMap((images) => Object.values(images));
    expect(runs).toHaveLength(4);
    for (const { perturbation: run } of runs) {
      expect(aopc(run.morf_logits)).toBeCloseTo(run.aopc_morf, 10);
      expect(aopc(run.lerf_logits)).toBeCloseTo(run.aopc_lerf, 10);
      expect(abpc(run.morf_logits, run.lerf_logits)).toBeCloseTo(run.abpc, 10);
    }
  });
});
