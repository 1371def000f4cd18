import { resized } from '../../input/resize.js';
import type { Item } from '../batches.js';
import { type MappedValue, mappedValue } from '../inner/value.js';
import type { ExplainRequest } from '../request.js';
import { softmax } from '../softmax.js';
import type { Attribution, Computed } from './attribution.js';
import { channelOf, weightedSum } from './cam.js';
import { masked } from './masked.js';
import type { Pass, Passes } from './passes.js';
import { scoresOf } from './score.js';

/**
 * Score-CAM (Wang et al. 2020): sum_k w_k A_k over an inner layer, with w the softmax over channels of the logit that the
 * input has under the mask of each channel: its activations stretched over the input and brought to 0..1. A channel that
 * is the same everywhere masks everything.
 */
export function scoreCam(layer?: string): Attribution {
  return {
    definition: () => ({ kind: 'score-cam', ...(layer !== undefined && { at: layer }) }),
    prepare(passes) {
      const at = mappedValue(passes.network, layer);
      const activations = passes.value(at.value);
      const forward = passes.forward();
      return async (requests, maps) => {
        const results: Computed[] = [];
        for (const [r, request] of requests.entries()) {
          const values = at.grid.channelsFirst(maps.get(activations)?.[r] as Float32Array);
          results.push(await scoreMap(forward, request, values, at, passes));
        }
        return results;
      };
    },
    at: (other) => scoreCam(other),
    layer: (network) => mappedValue(network, layer),
  };
}

async function scoreMap(
  forward: Pass,
  request: ExplainRequest,
  values: Float32Array,
  layer: MappedValue,
  { network: { layout } }: Passes,
): Promise<Computed> {
  const { channels, places } = layer.grid;
  const channel = (k: number) => channelOf(values, k, places);
  // Channels that are the same everywhere have one mask; it goes through the network once.
  const flat: number[] = [];
  const varied: number[] = [];
  for (let k = 0; k < channels; k++) (isFlat(channel(k)) ? flat : varied).push(k);
  function* items(): Generator<Item> {
    for (const k of varied) {
      yield { input: masked(request.input, unitRange(resized(channel(k), layer.grid, layout))), request };
    }
    if (flat.length > 0) yield { input: new Float32Array(request.input.length), request };
  }
  const scores = await scoresOf(forward, items(), 'logit');
  const logits = new Float64Array(channels).fill(scores.at(-1) ?? 0);
  varied.forEach((k, i) => {
    logits[k] = scores[i] as number;
  });
  const weights = softmax(logits);
  const map = weightedSum((k) => weights[k] as number, values, layer.grid);
  return { relevance: Float32Array.from(map), channels: 1, inner: { layer, values }, passes: scores.length };
}

function isFlat(values: Float32Array): boolean {
  return values.every((value) => value === values[0]);
}

/** The numbers brought to 0..1. */
function unitRange(values: Float32Array): Float32Array {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return values.map((value) => (value - low) / (high - low));
}
