import { addReduction, type Reduction } from '../../canonical/reduction.js';
import {
  addAveragePool,
  addMaxPool,
  type PoolWindow,
  samePads,
  type Window,
} from '../../canonical/windows.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { Unsupported } from '../../unsupported.js';
import { canonicalAxis } from '../channels-last.js';
import { computed, type Operator, type OperatorTable, type TfjsNode } from '../node.js';

/** Pools and averages over places. */
export const POOLS: OperatorTable = {
  MaxPool: (node, writer) => computed(addMaxPool(writer, node.value(), poolOf(node, writer), node.name)),
  /** Padding is left out of the average. */
  AvgPool: (node, writer) => computed(addAveragePool(writer, node.value(), poolOf(node, writer), node.name)),
  Mean: reduction('Mean'),
  Max: reduction('Max'),
  Sum: reduction('Sum'),
};

/** The sizes of a value's places; throws unless it has one or two axes of them. */
export function spatialOf(writer: NetworkWriter, x: string): readonly number[] {
  const spatial = writer.shape(x).slice(2);
  if (spatial.length !== 1 && spatial.length !== 2)
    throw new Unsupported(`over ${spatial.length} axes of places`);
  return spatial;
}

/** The window of a convolution or pool. Its lists have an entry for every axis, batch and channels included. */
export function windowOf(node: TfjsNode, spatial: readonly number[], kernel: readonly number[]): Window {
  refuseChannelsFirst(node);
  const strides = ofPlaces(node, 'strides', spatial);
  const dilations = ofPlaces(node, 'dilations', spatial);
  const sound = [kernel, strides, dilations].every(
    (list) => list.length === spatial.length && list.every((n) => Number.isInteger(n) && n >= 1),
  );
  if (!sound)
    throw new Unsupported(`with kernel [${kernel}], strides [${strides}], dilations [${dilations}]`);
  const window = { kernel, strides, dilations };
  return { ...window, pads: padsOf(node, spatial, window) };
}

function padsOf(node: TfjsNode, spatial: readonly number[], window: Omit<Window, 'pads'>): number[] {
  const padding = node.string('padding', 'VALID');
  switch (padding) {
    case 'SAME':
      return samePads(spatial, window);
    case 'VALID':
      return [...spatial, ...spatial].map(() => 0);
    case 'EXPLICIT': {
      const pads = node.numbers('explicit_paddings') ?? [];
      const ofAxes = Array.from({ length: spatial.length + 2 }, (_, axis) => axis).map((axis) =>
        pads.slice(2 * axis, 2 * axis + 2),
      );
      const [batch = [], channels = []] = [ofAxes[0], ofAxes.at(-1)];
      const places = ofAxes.slice(1, -1);
      const sound =
        pads.length === 2 * ofAxes.length && pads.every((pad) => Number.isInteger(pad) && pad >= 0);
      if (!sound || [...batch, ...channels].some((pad) => pad !== 0))
        throw new Unsupported(`with paddings [${pads}]`);
      return [...places.map(([begin]) => begin as number), ...places.map(([, end]) => end as number)];
    }
    default:
      throw new Unsupported(`with padding '${padding}'`);
  }
}

/** An attribute [1, one for each axis of places, 1]. */
function ofPlaces(node: TfjsNode, attribute: string, spatial: readonly number[]): readonly number[] {
  const given = node.numbers(attribute) ?? [1, ...spatial.map(() => 1), 1];
  if (given[0] !== 1 || given.at(-1) !== 1) throw new Unsupported(`with ${attribute} [${given}]`);
  return given.slice(1, -1);
}

export function refuseChannelsFirst(node: TfjsNode): void {
  const format = node.string('data_format', 'NHWC');
  if (format !== 'NHWC') throw new Unsupported(`of values in ${format} order`);
}

function poolOf(node: TfjsNode, writer: NetworkWriter): PoolWindow {
  const spatial = spatialOf(writer, node.value());
  const window = windowOf(node, spatial, ofPlaces(node, 'ksize', spatial));
  return { ...window, ceil: false, clip: false, countPads: false };
}

function reduction(kind: Reduction): Operator {
  return (node, writer) => {
    const x = node.value();
    const shape = writer.shape(x);
    const axes = node.list(1).map((axis) => canonicalAxis(axis, shape.length));
    const sample = node.boolean('keep_dims', false)
      ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
      : shape.filter((_, axis) => !axes.includes(axis));
    return computed(addReduction(writer, kind, x, axes, sample.slice(1), node.name));
  };
}
