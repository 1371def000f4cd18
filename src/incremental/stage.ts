import { batchSizes } from '../engine/batch-sizes.js';
import type { Engine, Session } from '../engine/engine.js';
import { type Node, outputOf, type Shape } from '../graph/graph.js';
import { floatTensor, sizeOf, type Tensor } from '../graph/tensor.js';
import type { Rect } from '../input/units.js';
import { inputsRead, paddingRead } from './axes.js';
import { gatheringGraph, indexOf, patchOf, rowsOf } from './gathering.js';
import type { Group, PatchLayout } from './patch-layout.js';
import { channelsOf, type IncrementalPlan } from './plan.js';
import { PADDING_ROW_COUNT, PADDING_ROWS, RunningMap } from './running-map.js';
import { planeSize, type Segment, type Size, windowOf } from './segments.js';

/** A value in memory: base rows, padding rows, then the patches that the layout describes. */
export interface Rows {
  readonly data: Float32Array;
  /** Absent for values that no step changes. */
  readonly layout?: PatchLayout | undefined;
}

/** What a stage reads. */
interface Read {
  /** Its name inside the stage. */
  readonly name: string;
  readonly value: string;
  readonly channels: number;
  readonly map: RunningMap;
  /** From the rectangle that is computed to the one that is read, in the coordinates of the map. */
  readonly toRead: (rect: Rect) => Rect;
  /** Number of rows before the patches. */
  readonly baseRows: number;
}

/** A part of the network that gathers what it reads: a segment, or the tail. */
export interface Stage {
  readonly reads: readonly Read[];
  /** Values it returns as rows. */
  readonly patches: readonly string[];
  readonly session: Session;
  /** How many windows of a size are run at a time. */
  readonly batch: (height: number, width: number) => number;
  /** Dimensions of an index or patch tensor without channels. */
  readonly dims: (count: number, height: number, width: number) => number[];
}

/** Numbers that a segment may hold in one run: what stays in the cache. */
const SEGMENT_NUMBERS = 2 ** 20;
/** Numbers that the tail may hold in one run. Dense layers gain by large batches: their weights are read once for all. */
const TAIL_NUMBERS = 2 ** 24;
/** More states than this in one run gain nothing any more. */
const MOST_STATES = 128;

export async function loadSegment(engine: Engine, plan: IncrementalPlan, segment: Segment): Promise<Stage> {
  const { nodes, window, aligned, outputs, size } = segment;
  const reads = aligned.map((value) => alignedRead(plan, value, size));
  if (window) reads.push(windowRead(plan, window));
  const channels = [...nodes.map(outputOf), ...reads.map(({ value }) => value)].map((name) =>
    channelsOf(plan, name),
  );
  const footprint = channels.reduce((sum, count) => sum + count, 0);
  const batch = (height: number, width: number) => Math.floor(SEGMENT_NUMBERS / (footprint * height * width));
  return load(engine, plan, { nodes, reads, patches: outputs, values: [], batch });
}

/** @param least states that are run at a time at least */
export async function loadTail(engine: Engine, plan: IncrementalPlan, least: number): Promise<Stage> {
  const { nodes, reads: values } = plan.tail;
  const reads = values.map((value) => wholeRead(plan, value));
  const footprint = [...nodes.map(outputOf), ...values]
    .map((name) => sizeOf((plan.shapes.get(name) as Shape).slice(1)))
    .reduce((sum, size) => sum + size, 0);
  const batch = Math.max(least, Math.min(MOST_STATES, Math.floor(TAIL_NUMBERS / footprint)));
  return load(engine, plan, { nodes, reads, patches: [], values: plan.graph.outputs, batch: () => batch });
}

interface Parts {
  nodes: readonly Node[];
  reads: readonly Read[];
  patches: readonly string[];
  values: readonly string[];
  batch: Stage['batch'];
}

async function load(
  engine: Engine,
  plan: IncrementalPlan,
  { nodes, reads, patches, values, batch }: Parts,
): Promise<Stage> {
  const rank = (plan.shapes.get(plan.graph.inputs[0]?.name ?? '') as Shape).length;
  const channels = new Map(reads.map((read) => [read.name, read.channels]));
  const graph = gatheringGraph(plan.graph, { nodes, reads: channels, patches, values }, rank);
  return {
    reads,
    patches,
    session: await engine.load(graph, { keepMemory: false }),
    batch,
    dims: (count, height, width) => (rank === 4 ? [count, height, width] : [count, width]),
  };
}

function alignedRead(plan: IncrementalPlan, value: string, size: Size): Read {
  return { ...readOf(plan, value, value, size), map: new RunningMap(size), toRead: (rect) => rect };
}

function windowRead(plan: IncrementalPlan, { value, axes, padding }: NonNullable<Segment['window']>): Read {
  const [rows, columns] = axes;
  const [above, left] = [paddingRead(rows), paddingRead(columns)];
  const size: Size = [rows.input, columns.input];
  const before: Size = [above.before, left.before];
  const paddingRow = size[0] * size[1] + PADDING_ROWS[padding];
  return {
    ...readOf(plan, windowOf(value), value, size),
    map: new RunningMap(size, before, [above.after, left.after], paddingRow),
    toRead: (rect) => ({
      top: rect.top * rows.stride - rows.pad + before[0],
      left: rect.left * columns.stride - columns.pad + before[1],
      height: inputsRead(rows, rect.height),
      width: inputsRead(columns, rect.width),
    }),
  };
}

function wholeRead(plan: IncrementalPlan, value: string): Read {
  const size = planeSize(plan.shapes.get(value) as Shape);
  const whole = { top: 0, left: 0, height: size[0], width: size[1] };
  return { ...readOf(plan, value, value, size), map: new RunningMap(size), toRead: () => whole };
}

function readOf(plan: IncrementalPlan, name: string, value: string, [height, width]: Size) {
  return { name, value, channels: channelsOf(plan, value), baseRows: height * width + PADDING_ROW_COUNT };
}

/**
 * Computes the rectangles of a layout.
 * @param walks numbers of steps that follow each other from the base image on; together all steps of the layout. Steps that
 *   what is read has not do not change it
 * @param rows what the stage reads
 * @param into where the results of `count` windows of a group, the first being its `from`-th, go
 */
export async function runStage(
  stage: Stage,
  layout: PatchLayout,
  walks: readonly number[],
  rows: (value: string) => Rows,
  into: (group: Group, from: number, count: number) => Record<string, Tensor>,
): Promise<void> {
  const indices = stage.reads.map((read) => gatherIndices(read, layout, walks, rows(read.value).layout));
  const feeds = stage.reads.map((read) => {
    const { data } = rows(read.value);
    return floatTensor([data.length / read.channels, read.channels], data);
  });
  for (const [g, group] of layout.groups.entries()) {
    const { height, width, steps } = group;
    let from = 0;
    for (const count of batchSizes(steps.length, stage.batch(height, width))) {
      const inputs: Record<string, Tensor> = {};
      for (const [i, read] of stage.reads.entries()) {
        const window = read.toRead({ top: 0, left: 0, height, width });
        const area = window.height * window.width;
        const windows = indices[i]?.[g] as Int32Array;
        inputs[rowsOf(read.name)] = feeds[i] as Tensor;
        inputs[indexOf(read.name)] = {
          type: 'int32',
          dims: stage.dims(count, window.height, window.width),
          data: windows.subarray(from * area, (from + count) * area),
        };
      }
      await stage.session.run(inputs, into(group, from, count));
      from += count;
    }
  }
}

/** For every group of the layout, the rows of the windows that its steps read, one window behind the other. */
function gatherIndices(
  read: Read,
  layout: PatchLayout,
  walks: readonly number[],
  source: PatchLayout | undefined,
): Int32Array[] {
  const places = new Int32Array(layout.rects.length);
  let end = 0;
  const ranges = layout.groups.map(({ height, width, steps }) => {
    const start = end;
    const window = read.toRead({ top: 0, left: 0, height, width });
    for (const step of steps) {
      places[step] = end;
      end += window.height * window.width;
    }
    return [start, end] as const;
  });
  const indices = new Int32Array(end);
  let step = 0;
  for (const count of walks) {
    read.map.reset();
    for (const last = step + count; step < last; step++) {
      const patch = source?.rects[step];
      if (patch) read.map.write(patch, read.baseRows + (source?.rows[step] as number));
      const rect = layout.rects[step] as Rect;
      if (rect.height > 0 && rect.width > 0) read.map.cut(read.toRead(rect), indices, places[step] as number);
    }
  }
  return ranges.map(([start, end]) => indices.subarray(start, end));
}

/** Outputs of a run: `count` windows of a group, written to the rows that the layout gives them behind `firstRow`. */
export function patchTensors(
  stage: Stage,
  rows: (value: string) => { data: Float32Array; channels: number; firstRow: number },
  { height, width, firstRow }: Group,
  from: number,
  count: number,
): Record<string, Tensor> {
  const area = height * width;
  const tensors = stage.patches.map((value) => {
    const { data, channels, firstRow: base } = rows(value);
    const start = (base + firstRow + from * area) * channels;
    const dims = [...stage.dims(count, height, width), channels];
    return [
      patchOf(value),
      floatTensor(dims, data.subarray(start, start + count * area * channels)),
    ] as const;
  });
  return Object.fromEntries(tensors);
}
