import { describe, expect, it } from 'vitest';
import { OUTPUTS } from '../../src/perturbation/scores.js';

describe('OUTPUTS', () => {
  const logits = Float32Array.of(1, 0, 1000);

  it('reads the logit of the target', () => {
    expect(OUTPUTS.logit(logits)[0]).toBe(1);
    expect(OUTPUTS.logit(logits)[2]).toBe(1000);
  });

  it('reads the probability of the target without overflow', () => {
    expect(OUTPUTS.softmax(logits)[2]).toBe(1);
    expect(OUTPUTS.softmax(logits)[0]).toBe(0);
    expect(OUTPUTS.softmax(Float32Array.of(0, Math.log(3)))[1]).toBeCloseTo(0.75, 7);
  });
});
