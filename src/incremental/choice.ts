import type { Graph } from '../graph/graph.js';
import { layoutOf } from '../input/layout.js';
import { type IncrementalPlan, planIncremental } from './plan.js';
import { type Replaceable, spansOf } from './spans.js';

/** Below this, incremental inference is not worth its memory. */
export const LEAST_SPEEDUP = 1.1;

/**
 * How a network is computed where units of its input are replaced; undefined where it takes several inputs, and where units
 * are no rectangles of what it slides over.
 * @param inputShape without the batch
 * @param steps as of {@link planIncremental}
 */
export function planFor(
  { graph, inputShape }: { readonly graph: Graph; readonly inputShape: readonly number[] },
  units: Replaceable,
  steps?: readonly number[],
): IncrementalPlan | undefined {
  if (graph.inputs.length > 1) return undefined;
  const spans = spansOf(units, layoutOf(inputShape));
  return spans && planIncremental(graph, spans, steps);
}

/** Whether computing what changes should save enough; any saving is enough where `least` is 0. */
export function isWorthwhile(plan: IncrementalPlan, least = LEAST_SPEEDUP): boolean {
  return plan.segments.length > 0 && speedup(plan) >= least;
}

/** Expected time of full over incremental inference. */
export function speedup({ cost }: IncrementalPlan): number {
  return cost.full / cost.incremental;
}
