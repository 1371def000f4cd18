import { describe, expect, it } from 'vitest';
import { philox4x32, randomStream } from '../src/random.js';

describe('philox4x32', () => {
  // The known-answer vectors published with Random123 (kat_vectors, philox4x32 10 rounds).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('encrypts %j under %j', (counter, key, expected) => {
    const block = Uint32Array.from(counter);
    philox4x32(block, key[0] as number, key[1] as number);
    expect([...block]).toEqual(expected);
  });
});

describe('randomStream', () => {
  it('depends on every part of the key and on nothing else', () => {
    const draw = (...key: (string | number)[]) => [...randomStream(...key).uniforms(4)];
    expect(draw(1, 'a', 2)).toEqual(draw(1, 'a', 2));
    const others = [draw(2, 'a', 2), draw(1, 'b', 2), draw(1, 'a', 3), draw(1, 'a2'), draw(1, 'a', '2')];
    expect(new Set([draw(1, 'a', 2), ...others].map(String)).size).toBe(6);
  });

  it('gives the same number at an index whatever was drawn before', () => {
    const forward = randomStream(7);
    const first = Array.from({ length: 20 }, (_, i) => [forward.uniform(i), forward.normal(i)]);
    const backward = randomStream(7);
    for (let i = 19; i >= 0; i--) expect([backward.uniform(i), backward.normal(i)]).toEqual(first[i]);
    expect([...forward.normals(20)]).toEqual(first.map(([, normal]) => Math.fround(normal as number)));
  });

  it('draws uniforms with the right range, mean, variance and no correlation between neighbours', () => {
    const n = 100_000;
    const numbers = randomStream(3, 'moments').uniforms(n, -2, 4);
    const mean = numbers.reduce((sum, x) => sum + x, 0) / n;
    const covariance = (lag: number) =>
      numbers.reduce((sum, x, i) => sum + (x - mean) * ((numbers[(i + lag) % n] as number) - mean), 0) / n;
    expect(Math.min(...numbers.slice(0, 1000))).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...numbers.slice(0, 1000))).toBeLessThanOrEqual(4);
    // Four standard errors: variance of U(-2, 4) is 3, that of its square deviation 7.2.
    expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(3 / n));
    expect(Math.abs(covariance(0) - 3)).toBeLessThan(4 * Math.sqrt(7.2 / n));
    for (const lag of [1, 2, 3, 4]) expect(Math.abs(covariance(lag))).toBeLessThan((4 * 3) / Math.sqrt(n));
  });

  it('draws normals with the right first four moments', () => {
    const n = 100_000;
    const numbers = randomStream(5, 'moments').normals(n);
    const moment = (power: number) => numbers.reduce((sum, x) => sum + x ** power, 0) / n;
    for (const [power, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const) {
      expect(Math.abs(moment(power) - expected)).toBeLessThan(4 * Math.sqrt(variance / n));
    }
  });

  it('permutes: every order equally often', () => {
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 6000; draw++) {
      const order = randomStream('permutation', draw).permutation(3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['012', '021', '102', '120', '201', '210']);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(20.5); // 0.999 quantile at 5 degrees of freedom
    expect([...randomStream(1).permutation(0)]).toEqual([]);
  });

  it('draws integers of the whole range', () => {
    const stream = randomStream('integers');
    const drawn = new Set(Array.from({ length: 200 }, (_, i) => stream.integer(i, 5)));
    expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});
