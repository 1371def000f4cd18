import type { Heatmap } from '../../input/heatmap.js';

/** Relevance of every moment: the sum over channels. */
export function timeCourse({ values, rows, columns }: Heatmap): Float64Array {
  const course = new Float64Array(columns);
  for (let at = 0; at < rows * columns; at++)
    course[at % columns] = (course[at % columns] as number) + (values[at] as number);
  return course;
}

/** Mean relevance of every channel over the moments from `first` up to `last`, which does not count. */
export function channelMeans({ values, rows, columns }: Heatmap, first = 0, last = columns): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let at = first; at < last; at++) sum += values[row * columns + at] as number;
    return sum / (last - first);
  });
}

/** A stretch of moments, up to `last`, which does not count. */
export interface Stretch {
  readonly first: number;
  readonly last: number;
}

/** How much of a signal a stretch lasts, and how much lies at least between the middles of two, as shares of its length. */
const STRETCH = 1 / 40;
const APART = 1 / 8;

/**
 * The stretches with most relevance, whatever its sign, in the order of time: a map of the head shows the mean over one.
 */
export function strongestStretches(map: Heatmap, count: number): Stretch[] {
  const { values, columns } = map;
  const length = Math.max(1, Math.round(columns * STRETCH));
  const strength = timeCourse({ ...map, values: values.map(Math.abs) });
  const sums = Array.from({ length: columns - length + 1 }, (_, first) => {
    let sum = 0;
    for (let at = first; at < first + length; at++) sum += strength[at] as number;
    return { first, sum };
  });
  const chosen: number[] = [];
  for (const { first } of sums.sort((a, b) => b.sum - a.sum || a.first - b.first)) {
    if (chosen.length === count) break;
    if (chosen.every((other) => Math.abs(other - first) >= columns * APART)) chosen.push(first);
  }
  return chosen.sort((a, b) => a - b).map((first) => ({ first, last: first + length }));
}
