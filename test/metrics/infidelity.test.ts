import { describe, expect, it } from 'vitest';
import { infidelity, scaledInfidelity } from '../../src/metrics/infidelity.js';
import { maxSensitivity, relativeMaxSensitivity } from '../../src/metrics/max-sensitivity.js';
import { randomStream } from '../../src/random.js';

describe('infidelity', () => {
  // f(x) = 10; the relevance predicts changes of 3 and -2, the scores fall by 5 and by 0.
  const relevance = [1, 2];
  const perturbed = [
    { perturbation: [1, 1], score: 5 },
    { perturbation: [0, -1], score: 10 },
  ];

  it('is the mean squared error of the predicted change, by hand', () => {
    expect(infidelity(relevance, 10, perturbed)).toBe((4 + 4) / 2);
  });

  it('scaled by the best factor, by hand', () => {
    // factor (3 * 5 - 2 * 0) / (9 + 4) = 15/13: errors 45/13 - 5 and -30/13
    expect(scaledInfidelity(relevance, 10, perturbed)).toBeCloseTo(((20 / 13) ** 2 + (30 / 13) ** 2) / 2, 12);
    expect(scaledInfidelity([100, 200], 10, perturbed)).toBeCloseTo((400 + 900) / 169 / 2, 12);
  });

  it('is 0 for the weights of a linear function, and only the scaled one for a multiple of them', () => {
    const weights = [0.5, -1, 2];
    const f = (x: number[]) => x.reduce((sum, value, i) => sum + value * (weights[i] as number), 3);
    const x = [1, 2, 3];
    const samples = Array.from({ length: 20 }, (_, k) => {
      const perturbation = [...randomStream('infidelity', k).normals(3)];
      return { perturbation, score: f(x.map((value, i) => value - (perturbation[i] as number))) };
    });
    const tripled = weights.map((weight) => 3 * weight);
    expect(infidelity(weights, f(x), samples)).toBeCloseTo(0, 12);
    expect(infidelity(tripled, f(x), samples)).toBeGreaterThan(1);
    expect(scaledInfidelity(tripled, f(x), samples)).toBeCloseTo(0, 12);
  });

  it('has no value without perturbations; scaled, none where nothing is predicted', () => {
    expect(infidelity(relevance, 10, [])).toBeUndefined();
    expect(scaledInfidelity([0, 0], 10, perturbed)).toBeUndefined();
    expect(infidelity([0, 0], 10, perturbed)).toBe(25 / 2);
    expect(() => infidelity([1], 10, perturbed)).toThrow('lengths 2 and 1 differ');
  });
});

describe('max-sensitivity', () => {
  it('is the largest distance, by hand', () => {
    const nearby = [
      [3, 4],
      [6, 8],
      [3, 5],
    ];
    expect(maxSensitivity([3, 4], nearby)).toBe(5);
    expect(relativeMaxSensitivity([3, 4], nearby)).toBe(1);
  });

  it('has no value without nearby inputs, nor relative to zero relevance', () => {
    expect(maxSensitivity([1], [])).toBeUndefined();
    expect(relativeMaxSensitivity([0, 0], [[1, 0]])).toBeUndefined();
    expect(maxSensitivity([0, 0], [[1, 0]])).toBe(1);
  });
});
