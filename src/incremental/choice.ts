import type { Graph } from '../graph/graph.js';
import { layoutOf } from '../input/layout.js';
import { type IncrementalPlan, planIncremental } from './plan.js';
import { type Replaceable, spansOf } from './spans.js';

/**
 * `auto` computes only what changes where that should save enough, `incremental` wherever it can be done, `full` nowhere.
 */
export type Inference = 'auto' | 'full' | 'incremental';

/** What it has to save. Below that of `auto`, incremental inference is not worth its memory. */
const LEAST_SPEEDUP: Record<Inference, number> = {
  auto: 1.1,
  full: Number.POSITIVE_INFINITY,
  incremental: 0,
};

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

/** Whether computing what changes should save enough. */
export function isWorthwhile(plan: IncrementalPlan, inference: Inference): boolean {
  return plan.segments.length > 0 && speedup(plan) >= LEAST_SPEEDUP[inference];
}

/** Expected time of full over incremental inference. */
export function speedup({ cost }: IncrementalPlan): number {
  return cost.full / cost.incremental;
}

/** The most units since the state before for which computing what changes is the cheaper way to a state. */
export function mostSteps({ cost: { full, step, state } }: IncrementalPlan): number {
  return Math.ceil((full - state) / step) - 1;
}
