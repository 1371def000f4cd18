import { resized } from '../../input/resize.js';
import { GRADIENT, gradientWithActivations } from '../composites.js';
import type { Grid } from '../inner/grid.js';
import { mappedValue } from '../inner/value.js';
import type { Attribution } from './attribution.js';
import { atLayer } from './backward-pass.js';

/** One number a place, in float64, from activations A and gradients g of the target's logit, channels first. */
export type CamMap = (activations: Float32Array, gradients: Float32Array, grid: Grid) => Float64Array;

/** The k-th channel of numbers that lie channel by channel. */
export function channelOf(values: Float32Array, k: number, places: number): Float32Array {
  return values.subarray(k * places, (k + 1) * places);
}

/** sum_k w_k A_k at every place, in float64. */
export function weightedSum(
  weightOf: (k: number) => number,
  activations: Float32Array,
  { channels, places }: Pick<Grid, 'channels' | 'places'>,
): Float64Array {
  const sum = new Float64Array(places);
  for (let k = 0; k < channels; k++) {
    const [weight, own] = [weightOf(k), channelOf(activations, k, places)];
    for (let place = 0; place < places; place++)
      sum[place] = (sum[place] as number) + weight * (own[place] as number);
  }
  return sum;
}

/** sum_k w_k A_k, with a weight a channel made of its own activations and gradients. */
export function weighted(weightOf: (activations: Float32Array, gradients: Float32Array) => number): CamMap {
  return (activations, gradients, grid) => {
    const ownWeight = (k: number) =>
      weightOf(channelOf(activations, k, grid.places), channelOf(gradients, k, grid.places));
    return weightedSum(ownWeight, activations, grid);
  };
}

/** sum_k f(A_k, g_k) at every place. */
export function placewise(term: (activation: number, gradient: number) => number): CamMap {
  return (activations, gradients, { places }) => {
    const map = new Float64Array(places);
    activations.forEach((activation, i) => {
      map[i % places] = (map[i % places] as number) + term(activation, gradients[i] as number);
    });
    return map;
  };
}

/** A class activation map: signed, over an inner layer. */
export function cam(kind: string, mapOf: CamMap, layer?: string): Attribution {
  return {
    definition: () => ({ kind, ...(layer !== undefined && { at: layer }) }),
    prepare(passes) {
      const gradients = atLayer(passes, { composite: GRADIENT, start: 'one' }, layer);
      return (requests, maps) =>
        gradients(requests, maps).map(({ relevance, inner }) => ({
          relevance: Float32Array.from(mapOf(inner.values, relevance, inner.layer.grid)),
          channels: 1,
          inner,
        }));
    },
    at: (other) => cam(kind, mapOf, other),
    layer: (network) => mappedValue(network, layer),
  };
}

/**
 * Guided Grad-CAM: guided backpropagation times the Grad-CAM after ReLU, stretched over the input (Selvaraju et al. 2017,
 * section 3.2).
 */
export function guidedGradCam(mapOf: CamMap, layer?: string): Attribution {
  return {
    definition: () => ({ kind: 'guided-grad-cam', ...(layer !== undefined && { at: layer }) }),
    prepare(passes) {
      const { layout } = passes.network;
      const gradients = atLayer(passes, { composite: GRADIENT, start: 'one' }, layer);
      const guided = passes.backward({ composite: gradientWithActivations('guided'), start: 'one' });
      return (requests, maps) =>
        gradients(requests, maps).map(({ relevance, inner: { layer, values } }, r) => {
          const map = Float32Array.from(mapOf(values, relevance, layer.grid), (value) => Math.max(value, 0));
          const over = resized(map, layer.grid, layout);
          const own = maps.get(guided)?.[r] as Float32Array;
          return {
            relevance: own.map((value, i) => value * (over[i % layout.places] as number)),
            channels: layout.channels,
          };
        });
    },
    at: (other) => guidedGradCam(mapOf, other),
    layer: (network) => mappedValue(network, layer),
  };
}
