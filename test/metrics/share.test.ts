import { describe, expect, it } from 'vitest';
import { wilsonShare } from '../../src/metrics/share.js';
import { randomStream } from '../../src/random.js';

describe('wilsonShare', () => {
  it('is the textbook interval', () => {
    // Newcombe 1998, table I, method 3 (score, without correction): 81 of 263 and 15 of 148.
    const hits = (n: number, all: number) => Array.from({ length: all }, (_, i) => (i < n ? 1 : 0));
    expect(wilsonShare(hits(81, 263), 0.95)).toEqual({
      images: 263,
      value: 81 / 263,
      low: expect.closeTo(0.2553, 4),
      high: expect.closeTo(0.3662, 4),
      interval: 'wilson',
    });
    expect(wilsonShare(hits(15, 148), 0.95)).toMatchObject({
      low: expect.closeTo(0.0624, 4),
      high: expect.closeTo(0.1605, 4),
    });
  });

  it('knows that all of few is not all of all', () => {
    // n / (n + z^2) where all hit; Newcombe 1998: 0 of 20 is 0 to 0.1611.
    expect(wilsonShare([1, 1, 1, 1], 0.95)).toMatchObject({ low: expect.closeTo(0.5101, 4), high: 1 });
    expect(wilsonShare(new Array(20).fill(0), 0.95)).toMatchObject({
      low: 0,
      high: expect.closeTo(0.1611, 4),
    });
    expect(wilsonShare([], 0.95)).toBeUndefined();
  });

  it('covers a share of 0.95 at 20 images in exactly the cases of 18 hits and more', () => {
    const runs = 4000;
    let covered = 0;
    for (let k = 0; k < runs; k++) {
      const stream = randomStream('wilson', k);
      const { low = 1, high = 0 } =
        wilsonShare(
          Array.from({ length: 20 }, (_, i) => (stream.uniform(i) < 0.95 ? 1 : 0)),
          0.95,
        ) ?? {};
      if (low <= 0.95 && 0.95 <= high) covered++;
    }
    // P(X >= 18), X ~ B(20, 0.95) = 0.92452 (a bootstrap: 0.64, the cases of a miss); four standard errors.
    expect(Math.abs(covered / runs - 0.92452)).toBeLessThan(4 * Math.sqrt((0.92452 * 0.07548) / runs));
  });
});
