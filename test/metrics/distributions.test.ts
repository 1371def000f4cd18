import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile, studentCdf, studentQuantile } from '../../src/metrics/distributions.js';

// Reference values: scipy.stats 1.17.
describe('normal distribution', () => {
  it.each([
    [-8, 6.22096057427174e-16],
    [-3, 0.0013498980316300933],
    [-1, 0.15865525393145707],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1.96, 0.9750021048517795],
    [6, 0.9999999990134123],
    [-40, 0],
    [40, 1],
  ])('P(Z <= %f)', (z, p) => {
    expect(normalCdf(z)).toBeCloseTo(p, 14);
  });

  it.each([
    [1e-6, -4.753424308822899],
    [0.025, -1.9599639845400545],
    [0.5, 0],
    [0.9, 1.2815515655446004],
  ])('quantile %f', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 9);
  });
});

describe("Student's distribution", () => {
  it.each([
    [1, 2, 0.8524163823495667],
    [2, -1.5, 0.13619656244550055],
    [3, 0.7, 0.7328365008476182],
    [10, 2.2, 0.9737794657753234],
    [29, -2, 0.027471818591483586],
    [5039, 1.96, 0.9749745884980863],
  ])('with %i degrees of freedom, P(T <= %f)', (degrees, t, p) => {
    expect(studentCdf(t, degrees)).toBeCloseTo(p, 12);
  });

  it.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [7, 2.364624251592784],
    [30, 2.0422724563012378],
    [5039, 1.9604348778644578],
  ])('0.975 quantile with %i degrees of freedom', (degrees, t) => {
    expect(studentQuantile(0.975, degrees)).toBeCloseTo(t, 7);
  });
});
