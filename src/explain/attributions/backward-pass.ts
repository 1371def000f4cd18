import type { Backward } from '../compile.js';
import type { Composite } from '../composites.js';
import { mappedValue } from '../inner/value.js';
import type { Attribution, Computed } from './attribution.js';
import type { Maps, Passes } from './passes.js';

/**
 * A backward pass by a composite: relevance in the shape of the input, or over an inner layer.
 * @param rules some depend on whether the range of the network input is known
 * @param start gradients always start with 1 at the target; relevance, without it, as the options say
 * @param carried what goes back from layer to layer, where it is not relevance itself
 * @param at the inner layer where it ends
 */
export function backwardPass(
  rules: (bounded: boolean) => Composite,
  start?: 'one',
  carried?: 'ratio',
  at?: string,
): Attribution {
  return {
    definition: (bounded, asked) => ({
      rules: rules(bounded),
      start: start ?? asked,
      ...(carried && { carried: 'relevance over activation' }),
      ...(at !== undefined && { at }),
    }),
    prepare(passes) {
      const pass = {
        composite: rules(passes.bounded),
        start: start ?? passes.options.start ?? 'logit',
        ...(carried && { carried }),
      };
      if (at !== undefined) return atLayer(passes, pass, at);
      const name = passes.backward(pass);
      const { channels } = passes.network.layout;
      return (_, maps) => (maps.get(name) ?? []).map((relevance) => ({ relevance, channels }));
    },
    rules,
    ...(carried && { carried }),
    distributes: start === undefined,
    at: (layer) => backwardPass(rules, start, carried, layer),
    ...(at !== undefined && { layer: (network) => mappedValue(network, at) }),
  };
}

/**
 * Asks for a backward pass to an inner layer, and for what the layer computes.
 * @param at default: the last layer that has places
 * @throws InputError when the layer does not lie over the input
 */
export function atLayer(
  passes: Passes,
  pass: Backward,
  at?: string,
): (requests: unknown, maps: Maps) => (Computed & Required<Pick<Computed, 'inner'>>)[] {
  const layer = mappedValue(passes.network, at);
  const relevance = passes.backward(pass, layer.value);
  const activations = passes.value(layer.value);
  return (_, maps) =>
    (maps.get(relevance) ?? []).map((own, r) => ({
      relevance: layer.grid.channelsFirst(own),
      channels: layer.grid.channels,
      inner: { layer, values: layer.grid.channelsFirst(maps.get(activations)?.[r] as Float32Array) },
    }));
}
