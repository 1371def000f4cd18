import { describe, expect, it } from 'vitest';
import { GROUP_SCORES, type GroupScore } from '../../src/metrics/groups.js';

// Probabilities 0.1, 0.2, 0.3, 0.4.
const logits = [1, 2, 3, 4].map(Math.log);
const group = [1, 3];

describe('GROUP_SCORES', () => {
  it.each<[GroupScore, number, number[]]>([
    ['strongest', Math.log(4), [0, 1]],
    ['sum-of-probabilities', 0.6, [1 / 3, 2 / 3]],
    ['log-sum-exp', Math.log(6), [1 / 3, 2 / 3]],
  ])('%s, by hand', (kind, score, weights) => {
    const found = GROUP_SCORES[kind](logits, group);
    expect(found.score).toBeCloseTo(score, 12);
    expect([...found.weights]).toEqual(weights.map((weight) => expect.closeTo(weight, 12)));
  });

  it('a group of one output is that output', () => {
    for (const kind of Object.keys(GROUP_SCORES) as GroupScore[]) {
      expect([...GROUP_SCORES[kind](logits, [2]).weights]).toEqual([1]);
    }
    expect(GROUP_SCORES['log-sum-exp'](logits, [2]).score).toBeCloseTo(Math.log(3), 12);
    expect(GROUP_SCORES['sum-of-probabilities'](logits, [2]).score).toBeCloseTo(0.3, 12);
  });

  it('equal strongest logits: the first takes all', () => {
    expect([...GROUP_SCORES.strongest([5, 5], [0, 1]).weights]).toEqual([1, 0]);
  });

  it('log-sum-exp weights are its derivative', () => {
    const { score, weights } = GROUP_SCORES['log-sum-exp'](logits, group);
    group.forEach((index, i) => {
      const moved = logits.map((logit, j) => logit + (j === index ? 1e-6 : 0));
      const slope = (GROUP_SCORES['log-sum-exp'](moved, group).score - score) / 1e-6;
      expect(weights[i]).toBeCloseTo(slope, 6);
    });
  });

  it('stays finite for huge logits', () => {
    const huge = Float32Array.of(1000, 999, -1000);
    expect(GROUP_SCORES['sum-of-probabilities'](huge, [0, 1]).score).toBeCloseTo(1, 12);
    expect(GROUP_SCORES['log-sum-exp'](huge, [1, 2]).score).toBeCloseTo(999, 12);
    expect(GROUP_SCORES['sum-of-probabilities'](huge, [2])).toEqual({
      score: 0,
      weights: Float64Array.of(1),
    });
  });
});
