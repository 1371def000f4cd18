import { assertSameLength, finite, type Numbers } from './metric.js';
import { sum } from './statistics.js';

/**
 * A heatmap read as a segmentation of its object: how well it tells the pixels of a mask (1 inside, 0 outside) from the
 * others. Undefined where there is nothing to tell apart: an empty mask, one that covers the image.
 */
export interface Segmented {
  readonly relevance: Numbers;
  readonly mask: Uint8Array;
}

/** Pixels by what the mask and the thresholded map say of them; a pixel is predicted where it exceeds the map's mean. */
function confusion({ relevance, mask }: Segmented) {
  assertSameLength('relevance and mask', relevance, mask);
  const threshold = sum(relevance) / relevance.length;
  const counts = { both: 0, either: 0, agreed: 0, inside: 0 };
  for (let i = 0; i < mask.length; i++) {
    const predicted = (relevance[i] as number) > threshold;
    const inside = mask[i] === 1;
    if (predicted && inside) counts.both++;
    if (predicted || inside) counts.either++;
    if (predicted === inside) counts.agreed++;
    if (inside) counts.inside++;
  }
  return counts;
}

/** Whether a mask has pixels inside and outside. */
function tellsApart(mask: Uint8Array): boolean {
  return mask.includes(1) && mask.includes(0);
}

/** Intersection over union of the mask and the pixels above the map's mean (Chefer et al. 2021, arXiv 2012.09838). */
export function intersectionOverUnion(sample: Segmented): number | undefined {
  if (!tellsApart(sample.mask)) return undefined;
  const { both, either } = confusion(sample);
  return both / either;
}

/** The share of pixels that are above the map's mean and in the mask, or neither (Chefer et al. 2021). */
export function pixelAccuracy(sample: Segmented): number | undefined {
  return tellsApart(sample.mask) ? confusion(sample).agreed / sample.mask.length : undefined;
}

/**
 * Area under the ROC curve: the probability that a pixel of the mask is more relevant than one outside it, ties half
 * (Mann and Whitney 1947). 1/2 of a map that tells nothing.
 */
export function pixelAuc({ relevance, mask }: Segmented): number | undefined {
  assertSameLength('relevance and mask', relevance, mask);
  let [pairs, inside, outside] = [0, 0, 0];
  for (const { within, without } of fromLeast(relevance, mask)) {
    pairs += within * (outside + without / 2);
    inside += within;
    outside += without;
  }
  return finite(pairs / (inside * outside));
}

/** Precision averaged over the pixels of the mask from the most relevant down, equal ones together. */
export function pixelAveragePrecision({ relevance, mask }: Segmented): number | undefined {
  if (!tellsApart(mask)) return undefined;
  let [found, taken, total] = [0, 0, 0];
  for (const { within, without } of fromLeast(relevance, mask).reverse()) {
    found += within;
    taken += within + without;
    total += within * (found / taken);
  }
  return total / found;
}

/** The share of the `count` most relevant pixels that lie in the mask; equally relevant ones at their chance to be among them. */
export function topIntersection({ relevance, mask }: Segmented, count: number): number | undefined {
  if (!mask.includes(1) || count > mask.length) return undefined;
  let [left, hits] = [count, 0];
  for (const { within, without } of fromLeast(relevance, mask).reverse()) {
    const taken = Math.min(left, within + without);
    hits += (taken * within) / (within + without);
    left -= taken;
    if (left === 0) break;
  }
  return hits / count;
}

/** How many pixels of each distinct value lie in the mask and outside it, from the least value up. */
function fromLeast(relevance: Numbers, mask: Uint8Array): { within: number; without: number }[] {
  const order = Uint32Array.from(mask, (_, i) => i).sort(
    (a, b) => (relevance[a] as number) - (relevance[b] as number),
  );
  const groups: { within: number; without: number }[] = [];
  let last: number | undefined;
  for (const i of order) {
    const value = relevance[i] as number;
    if (value !== last) groups.push({ within: 0, without: 0 });
    last = value;
    const group = groups.at(-1) as { within: number; without: number };
    if (mask[i]) group.within++;
    else group.without++;
  }
  return groups;
}
