import { ints } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import type { LayerContext, LayerTable } from './context.js';

const list = (layer: LayerContext, values: readonly number[], dims: readonly number[] = [values.length]) =>
  layer.constant(ints(dims, values), 'numbers');

const zeroPadding = (places: number) => (layer: LayerContext) => {
  layer.expectChannelsLast();
  const pads = [[0, 0], ...pairs(layer, 'padding', places), [0, 0]];
  return layer.add('Pad', [layer.x, list(layer, pads.flat(), [pads.length, 2])]);
};

const cropping = (places: number) => (layer: LayerContext) => {
  layer.expectChannelsLast();
  const crops = pairs(layer, 'cropping', places);
  const begins = [0, ...crops.map(([begin]) => begin)];
  const ends = [0, ...crops.map(([, end]) => -end)];
  const steps = begins.map(() => 1);
  const open = ends.reduce((mask, end, axis) => mask + (end === 0 ? 2 ** axis : 0), 0);
  return layer.add('StridedSlice', [layer.x, ...[begins, ends, steps].map((one) => list(layer, one))], {
    end_mask: open,
  });
};

/** Layers that move numbers. */
export const LAYOUT: LayerTable = {
  Flatten: (layer) => {
    layer.expectChannelsLast();
    return layer.add('Reshape', [layer.x, list(layer, [Number.NaN, -1])]);
  },
  Reshape: (layer) => {
    const shape = layer.config.numbers('target_shape') ?? [];
    return layer.add('Reshape', [layer.x, list(layer, [Number.NaN, ...shape])]);
  },
  Permute: (layer) => {
    const axes = layer.config.numbers('dims') ?? [];
    return layer.add('Transpose', [layer.x, list(layer, [0, ...axes])]);
  },
  Concatenate: (layer) => {
    const axis = list(layer, [layer.config.number('axis', -1)], []);
    return layer.inputs.length === 1 ? layer.x : layer.add('ConcatV2', [...layer.inputs, axis]);
  },
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
};

/** Begin and end for each axis of places: one number, one an axis, or a pair an axis. */
function pairs(layer: LayerContext, field: string, places: number): [number, number][] {
  const given = layer.config.value(field) ?? 1;
  const ofAxes = Array.isArray(given) && !(places === 1 && given.length === 2) ? given : [given];
  const each = ofAxes.length === places ? ofAxes : Array<unknown>(places).fill(ofAxes[0]);
  return each.map((one): [number, number] => {
    const [begin, end = begin] = [one].flat();
    const sound = [begin, end].every((n) => typeof n === 'number' && Number.isInteger(n) && n >= 0);
    if (!sound) throw new Unsupported(`with ${field} ${JSON.stringify(given).slice(0, 80)}`);
    return [begin as number, end as number];
  });
}
