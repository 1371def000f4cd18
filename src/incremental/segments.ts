import { derivedFrom, type Graph, type Node, outputOf, type Shape } from '../graph/graph.js';
import type { Padding } from '../graph/operators/traits.js';
import { changedOutputs, contains, EMPTY, hull, type Interval } from './axes.js';
import { type Locality, localityOf, type Plane } from './locality.js';

/**
 * Operators that are computed together, at the same positions: at most one that reads windows, at the start, and any
 * number of pointwise ones. What it reads of other segments is gathered position by position, so nothing is computed
 * where nothing changed.
 */
export interface Segment {
  /** In order. The first one reads {@link windowOf} its operand when there is a window. */
  readonly nodes: readonly Node[];
  readonly window?: { readonly value: string; readonly axes: Plane; readonly padding: Padding };
  /** Values of other segments, the input, or constants that vary over space, read at the output's own positions. */
  readonly aligned: readonly string[];
  /** Values that are read outside the segment. */
  readonly outputs: readonly string[];
  /** Height and width of all its values; a signal has height 1. */
  readonly size: Size;
}

export type Size = readonly [number, number];

/** A network cut into segments, in an order in which they can run; what is in none of them may see the whole image. */
export interface Partition {
  readonly segments: readonly Segment[];
  /** Index of the segment that computes a value; -1 for the input. Values that may see the whole image have none. */
  readonly home: ReadonlyMap<string, number>;
}

/** Intervals of the input's height and width, by which it is found out where values change. */
export type Probes = readonly [readonly Interval[], readonly Interval[]];

/** The name of the windows that are cut out of a value, padding included. */
export function windowOf(value: string): string {
  return derivedFrom(value, 'window');
}

/** Height and width of a value. */
export function planeSize(shape: Shape): Size {
  return shape.length === 4 ? [shape[2] as number, shape[3] as number] : [1, shape[2] ?? 1];
}

/**
 * Cuts a graph into segments. An operator that reads windows starts one; a pointwise operator joins the segment of an
 * operand that is computed wherever the other operands change, or starts one.
 */
export function partition(graph: Graph, shapes: ReadonlyMap<string, Shape>, probes: Probes): Partition {
  const input = graph.inputs[0]?.name as string;
  const source = new Draft(planeSize(shapes.get(input) as Shape), probes);
  const homes = new Map([[input, source]]);
  const drafts: Draft[] = [];

  for (const node of graph.nodes) {
    const locality = localityOf(node, graph, shapes);
    const operands = node.inputs.filter((name) => !graph.constants.has(name) && name !== '');
    if (locality.kind === 'global' || !operands.every((name) => homes.has(name))) continue;
    const reads = [...new Set(operands.map((name) => homes.get(name) as Draft))];
    const changed = changedBy(locality, reads);
    const joined =
      locality.kind === 'window' ? undefined : reads.find((it) => it !== source && it.takes(reads, changed));
    const home = joined ?? new Draft(planeSize(shapes.get(outputOf(node)) as Shape), changed);
    if (!joined) drafts.push(home);
    home.add(node, locality, operands[0] as string);
    if (locality.kind === 'pointwise') {
      const elsewhere = operands.filter((name) => homes.get(name) !== home);
      for (const name of [...elsewhere, ...locality.maps]) home.aligned.add(name);
    }
    for (const read of reads) if (read !== home && read !== source) home.reads.add(read);
    homes.set(outputOf(node), home);
  }

  const order = [...new Set(drafts.flatMap((it) => it.withRead()))];
  const home = new Map([...homes].map(([value, it]) => [value, order.indexOf(it)]));
  return { segments: order.map((it, index) => it.finish(readOutside(graph, home, index))), home };
}

/** A segment while it is put together. */
class Draft {
  readonly nodes: Node[] = [];
  readonly aligned = new Set<string>();
  readonly reads = new Set<Draft>();
  #window: Segment['window'];

  constructor(
    readonly size: Size,
    /** Where it changes, for every probe. */
    readonly changed: Probes,
  ) {}

  add(node: Node, locality: Locality, operand: string): void {
    if (locality.kind !== 'window') {
      this.nodes.push(node);
      return;
    }
    const { axes, padding, inside } = locality;
    this.#window = { value: operand, axes, padding };
    this.nodes.push({ ...inside, inputs: [windowOf(operand), ...inside.inputs.slice(1)] });
  }

  /** Whether an operator that reads these segments can join: no wider than this one, and none of them waits for it. */
  takes(reads: readonly Draft[], changed: Probes): boolean {
    const covers = ([0, 1] as const).every((axis) =>
      changed[axis].every((interval, probe) => contains(this.changed[axis][probe] as Interval, interval)),
    );
    return covers && reads.every((other) => other === this || !other.withRead().includes(this));
  }

  /** All segments that must run before it, and itself, in an order in which they can run. */
  withRead(): Draft[] {
    const order = new Set<Draft>();
    const visit = (draft: Draft) => {
      if (order.has(draft)) return;
      for (const read of draft.reads) visit(read);
      order.add(draft);
    };
    visit(this);
    return [...order];
  }

  finish(outputs: readonly string[]): Segment {
    const { nodes, aligned, size } = this;
    return { nodes, ...(this.#window && { window: this.#window }), aligned: [...aligned], outputs, size };
  }
}

/** Where the output of an operator changes when its operands do. */
function changedBy(locality: Locality, reads: readonly Draft[]): Probes {
  const along = (axis: 0 | 1) =>
    reads
      .map(({ changed }) => changed[axis])
      .reduce((a, b) => a.map((interval, probe) => hull(interval, b[probe] ?? EMPTY)))
      .map((interval) =>
        locality.kind === 'window' ? changedOutputs(locality.axes[axis], interval) : interval,
      );
  return [along(0), along(1)];
}

/** The values of a segment that other nodes read, or that the graph returns. */
function readOutside(graph: Graph, home: ReadonlyMap<string, number>, index: number): string[] {
  const outside = new Set(graph.outputs);
  for (const node of graph.nodes) {
    if (home.get(outputOf(node)) !== index) for (const name of node.inputs) outside.add(name);
  }
  return [...outside].filter((name) => home.get(name) === index);
}
