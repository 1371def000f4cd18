import { describe, expect, it } from 'vitest';
import { createFill, type ImageFill } from '../../src/perturbation/fills.js';
import { imputeLinearly } from '../../src/perturbation/imputation.js';
import { randomStream } from '../../src/random.js';
import { gridUnits } from '../input/regions.js';

const mask = (length: number, removed: readonly number[]) =>
  Uint8Array.from({ length }, (_, i) => Number(removed.includes(i)));

describe('imputeLinearly', () => {
  const image = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]); // 3 x 4

  it('gives one removed pixel the weighted mean of its neighbours', () => {
    const result = imputeLinearly(image, 3, 4, mask(12, [5]), [0]);
    expect(result[5]).toBeCloseTo((2 + 5 + 7 + 10) / 6 + (1 + 3 + 9 + 11) / 12, 6);
    expect([...result].toSpliced(5, 1, 6)).toEqual([...image]);
  });

  it('normalises the weights at the border', () => {
    const result = imputeLinearly(image, 3, 4, mask(12, [0]), [0]);
    expect(result[0]).toBeCloseTo((2 / 6 + 5 / 6 + 6 / 12) / (5 / 12), 5);
  });

  it('solves removed neighbours together', () => {
    // Pixels 5 and 6: a = known5 + b/6, b = known6 + a/6.
    const known5 = (2 + 5 + 10) / 6 + (1 + 3 + 9 + 11) / 12;
    const known6 = (3 + 8 + 11) / 6 + (2 + 4 + 10 + 12) / 12;
    const a = (known5 + known6 / 6) / (1 - 1 / 36);
    const result = imputeLinearly(image, 3, 4, mask(12, [5, 6]), [0]);
    expect(result[5]).toBeCloseTo(a, 5);
    expect(result[6]).toBeCloseTo(known6 + a / 6, 5);
  });

  it('continues a linear ramp exactly and treats every channel alone', () => {
    const ramp = Float32Array.from({ length: 200 }, (_, i) =>
      i < 100 ? i % 10 : 3 * Math.floor((i % 100) / 10),
    );
    const removed = mask(100, [33, 34, 35, 43, 44, 45, 53, 54, 55, 66]);
    const result = imputeLinearly(ramp, 10, 10, removed, [0, 0]);
    for (const [i, value] of result.entries()) expect(value).toBeCloseTo(ramp[i] as number, 5);
  });

  it('falls back to a colour when nothing is left', () => {
    const result = imputeLinearly(Float32Array.of(1, 2, 3, 4), 1, 2, mask(2, [0, 1]), [8, 9]);
    expect([...result]).toEqual([8, 8, 9, 9]);
  });
});

describe('fill linear', () => {
  const input = new Float32Array(400).fill(100);
  const fill = createFill('linear', {
    range: { low: [-104], high: [151], mean: [0] },
    seed: 1,
    imageId: 'image',
    input,
    units: gridUnits([1, 20, 20], 10),
  }) as ImageFill;

  it('adds noise of 1 % of the image range to removed pixels only, the same for a pixel at every step', () => {
    const one = fill.image(0, Int32Array.of(0));
    const noise = Array.from(
      { length: 100 },
      (_, i) => (one[Math.floor(i / 10) * 20 + (i % 10)] as number) - 100,
    );
    const deviation = Math.sqrt(noise.reduce((sum, x) => sum + x * x, 0) / 100);
    expect(deviation / 2.55).toBeGreaterThan(1 - 4 / Math.sqrt(200));
    expect(deviation / 2.55).toBeLessThan(1 + 4 / Math.sqrt(200));
    expect(one.filter((value) => value === 100).length).toBe(300);
    const two = fill.image(0, Int32Array.of(0, 3));
    expect(two[0]).toBeCloseTo(one[0] as number, 4);
    expect(fill.image(1, Int32Array.of(0))).not.toEqual(one);
    expect(fill.image(0, Int32Array.of(0))).toEqual(one);
    expect(input).toEqual(new Float32Array(400).fill(100));
  });

  it('imputes from what is left of an arbitrary image', () => {
    const image = randomStream('image').uniforms(400);
    expect(imputeLinearly(image, 20, 20, new Uint8Array(400), [0])).toEqual(image);
  });
});
