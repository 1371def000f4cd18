import { type Graph, intsOf, type Node, outputOf, type Shape } from '../graph/graph.js';
import { traitsOf } from '../graph/operators/table.js';
import { multiplyAdds } from '../graph/operators/weights.js';
import { inferShapes } from '../graph/shapes.js';
import { sizeOf, type Tensor } from '../graph/tensor.js';
import { changedOutputs, EMPTY, hull, type Interval, inputsRead, length } from './axes.js';
import { type Partition, partition, type Segment, type Size } from './segments.js';
import type { Spans } from './spans.js';

/** Which part of a network is computed only where something changed, and what that should save. */
export interface IncrementalPlan {
  readonly graph: Graph;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Where the units lie that are replaced. */
  readonly spans: Spans;
  /** Computed where something changed, in this order. */
  readonly segments: readonly Segment[];
  /** Index of the segment that computes a value; -1 for the input. */
  readonly home: ReadonlyMap<string, number>;
  /** The rest, computed as a whole for every step, and the values that it reads. */
  readonly tail: { readonly nodes: readonly Node[]; readonly reads: readonly string[] };
  readonly cost: PlanCost;
}

/** Estimated nanoseconds. */
export interface PlanCost {
  /** A state as a whole. */
  readonly full: number;
  /** What changes with one unit, and the rest of a state. */
  readonly step: number;
  readonly state: number;
  /** A state on average, each in the cheaper way. */
  readonly incremental: number;
}

/** Nanoseconds of a state, so many steps behind the one before, in the cheaper way. */
export function costOf({ full, step, state }: Omit<PlanCost, 'incremental'>, steps: number): number {
  return Math.min(full, steps * step + state);
}

/**
 * Nanoseconds on one core with AVX-512 at 2 to 3 GHz, measured on GoogLeNet, ResNet-50 and CaffeNet. Only their ratios matter:
 * they say where computing what changed stops being cheaper than computing everything.
 */
export const COST = {
  multiplyAdd: 1 / 75,
  /** Writing a number. */
  write: 0.3,
  /** Normalising a number over channels; measured on LRN. */
  normalise: 4,
  /** Fetching a number of a window and bringing it into the engine's own order. */
  gather: 1.5,
  /** Starting a run of a session, shared by the windows of the batch. */
  run: 10_000,
};

export type Cost = typeof COST;

/**
 * Finds the cut with the least estimated cost over all units.
 * @param steps of each state that is looked at (or of examples), how many units are replaced since the one before: what changes
 *   is computed for each of them, the rest for each state
 */
export function planIncremental(
  graph: Graph,
  spans: Spans,
  steps: readonly number[] = [1],
  cost: Cost = COST,
): IncrementalPlan {
  const shapes = inferShapes(graph);
  const probes = spans.intervals;
  const whole = partition(graph, shapes, probes);
  const full = graph.nodes.reduce((sum, node) => sum + nodeCost(graph, shapes, node, cost), 0);
  const changed = probes.map((axis, i) => axis.map((probe) => changedIn(whole, i as 0 | 1, probe)));
  const segmentCosts = whole.segments.map((segment, index) => {
    const mean = (axis: 0 | 1) => meanLength(changed[axis] as Interval[][], index);
    return segmentCost(graph, shapes, segment, [mean(0), mean(1)], cost);
  });

  let best: IncrementalPlan | undefined;
  let least = Number.POSITIVE_INFINITY;
  let step = 0;
  for (let cut = 0; cut <= whole.segments.length; cut++) {
    const tail = tailOf(graph, whole, cut);
    const dense = tail.nodes.reduce((sum, node) => sum + nodeCost(graph, shapes, node, cost), 0);
    const gathered = tail.reads.reduce(
      (sum, value) => sum + sizeOf((shapes.get(value) as Shape).slice(1)),
      0,
    );
    const costs = { full, step, state: dense + gathered * cost.gather };
    const mean = (cost: (count: number) => number) =>
      steps.reduce((sum, count) => sum + cost(count), 0) / steps.length;
    const incremental = mean((count) => costOf(costs, count));
    const local = mean((count) => count * step + costs.state);
    // Where nothing is saved, what changes may be asked for all the same.
    const saved = (best?.cost.incremental ?? Number.POSITIVE_INFINITY) - incremental;
    if (saved > 0 || (saved === 0 && local < least)) {
      least = local;
      const segments = whole.segments.slice(0, cut);
      best = { graph, shapes, spans, segments, home: whole.home, tail, cost: { ...costs, incremental } };
    }
    step += segmentCosts[cut] ?? 0;
  }
  return best as IncrementalPlan;
}

/**
 * Where every segment changes, on one axis, when the input changes in an interval.
 * @returns one interval a segment, empty where nothing changes
 */
export function changedIn(
  { segments, home }: Pick<Partition, 'segments' | 'home'>,
  axis: 0 | 1,
  input: Interval,
): Interval[] {
  const changed: Interval[] = [];
  const at = (value: string) => {
    const index = home.get(value);
    return index === undefined ? EMPTY : index === -1 ? input : (changed[index] as Interval);
  };
  for (const { window, aligned } of segments) {
    const windows = window ? changedOutputs(window.axes[axis], at(window.value)) : EMPTY;
    changed.push(aligned.map(at).reduce(hull, windows));
  }
  return changed;
}

/** Channels of a value, or of a constant that varies over space. */
export function channelsOf(
  { graph, shapes }: Pick<IncrementalPlan, 'graph' | 'shapes'>,
  value: string,
): number {
  const shape = shapes.get(value);
  if (shape) return shape[1] as number;
  const { dims } = graph.constants.get(value) as Tensor;
  const rank = graph.inputs[0]?.shape.length as number;
  return dims[dims.length - rank + 1] ?? 1;
}

function meanLength(changed: readonly Interval[][], segment: number): number {
  return changed.reduce((sum, intervals) => sum + length(intervals[segment] as Interval), 0) / changed.length;
}

/** What remains when the first `cut` segments are computed where something changed. */
function tailOf(graph: Graph, { home }: Partition, cut: number): IncrementalPlan['tail'] {
  const kept = (value: string) => (home.get(value) ?? Number.POSITIVE_INFINITY) < cut;
  const nodes = graph.nodes.filter((node) => !kept(outputOf(node)));
  const reads = new Set(nodes.flatMap(({ inputs }) => inputs.filter(kept)));
  return { nodes, reads: [...reads] };
}

/** Cost of computing height x width positions of a segment. */
function segmentCost(
  graph: Graph,
  shapes: ReadonlyMap<string, Shape>,
  { nodes, window, aligned, outputs, size }: Segment,
  [height, width]: Size,
  cost: Cost,
): number {
  const positions = height * width;
  const share = positions / (size[0] * size[1]);
  const computed = nodes.reduce((sum, node) => sum + nodeCost(graph, shapes, node, cost), 0);
  const channels = (value: string) => channelsOf({ graph, shapes }, value);
  let gathered = [...aligned, ...outputs].reduce((sum, value) => sum + channels(value) * positions, 0);
  if (window) {
    const [rows, columns] = window.axes;
    gathered += channels(window.value) * inputsRead(rows, height) * inputsRead(columns, width);
  }
  return computed * share + gathered * cost.gather + cost.run;
}

/** Cost of computing a node as a whole. */
function nodeCost(graph: Graph, shapes: ReadonlyMap<string, Shape>, node: Node, cost: Cost): number {
  const outputs = sizeOf((shapes.get(outputOf(node)) as Shape).slice(1));
  const { kind, reads, weights } = traitsOf(node);
  const pooled = reads.kind === 'window' && !weights ? outputs * sizeOf(intsOf(node, 'kernel_shape')) : 0;
  const adds = (multiplyAdds(graph, node, outputs) + pooled) * cost.multiplyAdd;
  return adds + outputs * (kind === 'normalisation' ? cost.normalise : cost.write);
}
