import { describe, expect, it } from 'vitest';
import { scoreCurve } from '../../src/perturbation/scores.js';

describe('scoreCurve', () => {
  const logits = Float32Array.of(1, 2, 3, 0, 0, Math.log(2), 1000, -1000, 1000);

  it('reads the logit of the class at every step', () => {
    expect([...scoreCurve(logits, 3, 0, 'logit')]).toEqual([1, 0, 1000]);
  });

  it('reads its softmax probability, however large the logits', () => {
    const [first, second, third] = scoreCurve(logits, 3, 2, 'softmax');
    expect(first).toBeCloseTo(Math.E ** 3 / (Math.E + Math.E ** 2 + Math.E ** 3), 7);
    expect(second).toBeCloseTo(0.5, 7);
    expect(third).toBe(0.5);
  });
});
