import { InputError, mismatch } from '../../errors.js';
import { finishNetwork, type WrittenNetwork } from '../canonical/logits.js';
import { NetworkWriter } from '../canonical/writer.js';
import type { ReadOptions } from '../files.js';
import { onlyInput } from '../only-input.js';
import { UnsupportedList } from '../unsupported.js';
import { type CaffeDefinition, type CaffeLayer, expectBottoms, parseDefinition } from './definition.js';
import { LayerContext, type LayerTable } from './layers/context.js';
import { LAYOUT } from './layers/layout.js';
import { LEARNED } from './layers/learned.js';
import { POINTWISE } from './layers/pointwise.js';
import { WINDOWS } from './layers/windows.js';
import { type CaffePart, partFor } from './part.js';
import type { WeightSource } from './weights.js';

const LAYERS: LayerTable = { ...WINDOWS, ...LEARNED, ...POINTWISE, ...LAYOUT };

/**
 * Brings a Caffe classifier into canonical form, but for its batch normalisations.
 * @throws InputError when definition or weights are damaged, do not fit together, or use layers that are not supported
 * (all of them are named).
 */
export function readCaffe(
  prototxt: string,
  weights: WeightSource,
  { name, output, inputShape }: ReadOptions,
): WrittenNetwork {
  const definition = parseDefinition(prototxt);
  const part = partFor(definition, output);
  const writer = new NetworkWriter(name || definition.name);
  const values = new Map<string, string>();
  const input = inputOf(definition, part);
  values.set(input, writer.input(sampleOf(definition, part, input, weights, inputShape), 1));
  writeLayers(part.layers, values, writer, weights);
  const end = values.get(part.output);
  if (end === undefined) throw new InputError(`output '${part.output}' does not depend on the input`);
  return finishNetwork(writer, end);
}

/** Writes every layer that can be written, and reports all that cannot at once. */
function writeLayers(
  layers: readonly CaffeLayer[],
  values: Map<string, string>,
  writer: NetworkWriter,
  weights: WeightSource,
): void {
  const unsupported = new UnsupportedList();
  for (const layer of layers) {
    expectBottoms(layer);
    const write = Object.hasOwn(LAYERS, layer.type) ? LAYERS[layer.type] : undefined;
    if (!write) unsupported.add(layer.type || 'layer without a type', layer.name);
    const inputs = layer.bottoms.map((bottom) => values.get(bottom));
    if (!write || !inputs.every((input) => input !== undefined)) continue;
    const made = unsupported.attempt(layer.type, layer.name, () => {
      const context = new LayerContext(layer, inputs, weights);
      const tops = [write(context, writer)].flat();
      context.expectKnownFields();
      context.expectKnownBottoms(layer.type);
      if (layer.tops.length > tops.length) throw surplus(layer, tops.length);
      return tops;
    });
    if (made) for (const [i, top] of layer.tops.entries()) values.set(top, made[i] as string);
  }
  unsupported.report();
}

function surplus({ name, type, tops }: CaffeLayer, made: number): InputError {
  return mismatch({
    what: 'tops',
    where: `layer '${name}'`,
    expected: `${made}, as many as ${type} makes`,
    got: `${tops.length}`,
  });
}

/** The one input that the part reads. */
function inputOf({ inputs }: CaffeDefinition, { layers }: CaffePart): string {
  for (const layer of layers) expectBottoms(layer);
  const read = new Set(layers.flatMap(({ bottoms }) => bottoms).filter((bottom) => inputs.has(bottom)));
  return onlyInput(read, 'prototxt');
}

/** The input's shape without the batch; channels that a data layer leaves open are those of the first convolution. */
function sampleOf(
  { inputs }: CaffeDefinition,
  { layers }: CaffePart,
  input: string,
  weights: WeightSource,
  given?: readonly number[],
): readonly number[] {
  const declared = inputs.get(input) ?? [];
  if (given) return given;
  const [channels, ...spatial] = declared;
  if (channels === undefined) {
    throw new InputError(
      `input '${input}': expected its shape in the prototxt (or inputShape that gives it), got none`,
    );
  }
  if (channels > 0) return declared;
  const reader = layers.find(({ bottoms }) => bottoms.includes(input));
  const known = reader?.type === 'Convolution' ? weights.channels(reader.name) : undefined;
  const group = reader?.message.message('convolution_param').number('group', 1) ?? 1;
  return [known === undefined ? COLOURS : known * group, ...spatial];
}

const COLOURS = 3;
