import { normalQuantile } from './distributions.js';
import type { Estimate } from './estimate.js';
import type { Numbers } from './metric.js';
import { mean } from './statistics.js';

/**
 * A share with Wilson's interval (Wilson 1927): for hits and misses, whose bootstrap has no width where all hit, however
 * few they are. Values between 0 and 1 (a hit of several equal maxima) count in part. Undefined of no values, or where one is not a number.
 *
 * @param values one value an image, 0..1
 * @param confidence coverage of the interval, 0..1
 */
export function wilsonShare(values: Numbers, confidence: number): Estimate | undefined {
  const share = mean(values);
  if (share === undefined || Number.isNaN(share)) return undefined;
  const images = values.length;
  const z = normalQuantile((1 + confidence) / 2);
  const shrunk = 1 + z ** 2 / images;
  const centre = (share + z ** 2 / (2 * images)) / shrunk;
  const reach = (z / shrunk) * Math.sqrt((share * (1 - share)) / images + (z / (2 * images)) ** 2);
  return {
    images,
    value: share,
    // The ends are exact where rounding would not be.
    low: share === 0 ? 0 : centre - reach,
    high: share === 1 ? 1 : centre + reach,
    interval: 'wilson',
  };
}
