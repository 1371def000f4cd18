import type { Numbers } from './metric.js';

/** Which relevance a metric counts, by name. */
export const RELEVANCE_PARTS = {
  signed: (value: number) => value,
  positive: (value: number) => (value > 0 ? value : 0),
  absolute: Math.abs,
} as const;
export type RelevancePart = keyof typeof RELEVANCE_PARTS;

/** A heatmap's signed, positive or absolute relevance. */
export function relevancePart(heatmap: Numbers, part: RelevancePart): Float64Array {
  return Float64Array.from(heatmap, RELEVANCE_PARTS[part]);
}
