import { ints } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import type { AttributeValue } from '../program.js';
import type { LayerContext, LayerTable } from './context.js';

const pool = (op: 'MaxPool' | 'AvgPool', places: number) => (layer: LayerContext) => {
  const size = sized(layer, 'pool_size', 2, places);
  const strides = layer.config.value('strides') === undefined ? size : sized(layer, 'strides', 1, places);
  const attributes = { ksize: [1, ...size, 1], strides: [1, ...strides, 1], padding: paddingOf(layer) };
  return layer.add(op, [layer.x], attributes);
};

const global = (op: 'Max' | 'Mean', places: number) => (layer: LayerContext) => {
  layer.expectChannelsLast();
  const axes = Array.from({ length: places }, (_, i) => i + 1);
  const inputs = [layer.x, layer.constant(ints([places], axes), 'axes')];
  return layer.add(op, inputs, { keep_dims: layer.config.boolean('keepdims', false) });
};

/** Layers whose windows slide over places. */
export const WINDOWS: LayerTable = {
  MaxPooling1D: pool('MaxPool', 1),
  MaxPooling2D: pool('MaxPool', 2),
  AveragePooling1D: pool('AvgPool', 1),
  AveragePooling2D: pool('AvgPool', 2),
  GlobalMaxPooling1D: global('Max', 1),
  GlobalMaxPooling2D: global('Max', 2),
  GlobalAveragePooling1D: global('Mean', 1),
  GlobalAveragePooling2D: global('Mean', 2),
};

/** Strides, dilations and padding of a convolution, as attributes. */
export function strided(layer: LayerContext, places: number): Record<string, AttributeValue> {
  layer.config.value('kernel_size');
  const of = (field: string) => [1, ...sized(layer, field, 1, places), 1];
  return { strides: of('strides'), dilations: of('dilation_rate'), padding: paddingOf(layer) };
}

/** One number for all axes of places, or one each. */
function sized(layer: LayerContext, field: string, fallback: number, places: number): number[] {
  const given = layer.config.numbers(field) ?? [fallback];
  const each = given.length === 1 ? Array<number>(places).fill(given[0] as number) : given;
  if (each.length !== places) throw new Unsupported(`with ${field} [${given}]`);
  return each;
}

function paddingOf(layer: LayerContext): string {
  layer.expectChannelsLast();
  return layer.config.string('padding', 'valid').toUpperCase();
}
