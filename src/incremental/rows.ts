import type { Shape } from '../graph/graph.js';
import type { FloatTensor } from '../graph/tensor.js';
import type { Buffers } from './buffers.js';
import { channelsOf, type IncrementalPlan } from './plan.js';
import { PADDING_ROW_COUNT, PADDING_ROWS } from './running-map.js';
import { planeSize } from './segments.js';

/** Writes a channels x positions array as rows, one a position, from a row on. */
export function writeRows(values: Float32Array, channels: number, to: Float32Array, firstRow: number): void {
  const positions = values.length / channels;
  for (let c = 0, from = 0; c < channels; c++) {
    for (let p = 0, at = firstRow * channels + c; p < positions; p++, at += channels) {
      to[at] = values[from++] as number;
    }
  }
}

/** Number of rows that a value has before its patches: its positions and the padding. */
export function baseRowCount({ shapes }: Pick<IncrementalPlan, 'shapes'>, value: string): number {
  const [height, width] = planeSize(shapes.get(value) as Shape);
  return height * width + PADDING_ROW_COUNT;
}

/** How many numbers these rows hold. */
export function rowNumbers(plan: IncrementalPlan, value: string): number {
  return baseRowCount(plan, value) * channelsOf(plan, value);
}

/** Rows of a value, in an array out of `buffers`, with padding rows written and positions yet to be computed. */
export function emptyRows(plan: IncrementalPlan, value: string, buffers: Buffers): Float32Array {
  const channels = channelsOf(plan, value);
  const rows = buffers.take(rowNumbers(plan, value));
  const padding = rows.subarray(rows.length - PADDING_ROW_COUNT * channels);
  const write = (row: number, number: number) => padding.fill(number, row * channels, (row + 1) * channels);
  write(PADDING_ROWS.zero, 0);
  write(PADDING_ROWS.lowest, Number.NEGATIVE_INFINITY);
  return rows;
}

/** Rows of a constant that varies over space. */
export function constantRows(plan: IncrementalPlan, name: string): Float32Array {
  const { data } = plan.graph.constants.get(name) as FloatTensor;
  const rows = new Float32Array(data.length);
  writeRows(data, channelsOf(plan, name), rows, 0);
  return rows;
}
