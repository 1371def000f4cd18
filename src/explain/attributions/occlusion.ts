import type { Network } from '../../import/network.js';
import { type InputLayout, layoutOf } from '../../input/layout.js';
import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution } from './attribution.js';
import type { Pass } from './passes.js';

/** Windows of 16 pixels that move by 8, on feature vectors of one feature, are set to zero: the mean colour where preprocessing subtracts it. */
const OCCLUSION = { window: 16, stride: 8, value: 0 } as const;

/**
 * Occlusion: how much the target's logit drops when a window is set to zero; a place gets the mean over the windows that
 * cover it. The last window of an axis is moved inside, so that every place is covered.
 */
export function occlusion(): Attribution {
  return {
    definition: () => ({ kind: 'occlusion', ...OCCLUSION }),
    prepare(passes) {
      const forward = passes.forward();
      return async (requests) => {
        const drops = await occlude(forward, passes.network, requests);
        return drops.map((relevance) => ({ relevance, channels: 1 }));
      };
    },
  };
}

async function occlude(
  forward: Pass,
  network: Network,
  requests: readonly ExplainRequest[],
): Promise<Float32Array[]> {
  const layout = layoutOf(network.inputShape);
  const windows = windowsOf(layout);
  function* occluded(): Generator<Item> {
    for (const request of requests) {
      yield { input: request.input, request };
      for (const places of windows) yield { input: without(request.input, places, layout), request };
    }
  }
  const scores = requests.map((): number[] => []);
  const logits = network.graph.outputs[0] as string;
  const receive = (outputs: Readonly<Record<string, Float32Array>>, index: number) => {
    const request = Math.floor(index / (windows.length + 1));
    scores[request]?.push(scoreOf(outputs[logits] as Float32Array, requests[request] as ExplainRequest));
  };
  await forward.run(occluded(), receive);
  return scores.map(([whole = 0, ...left]) => {
    return meanDrops(layout, windows, left.map((score) => whole - score)); // biome-ignore format: one line
  });
}

/** The places of every window, as indices into a channel. */
function windowsOf({ kind, rows, columns }: InputLayout): Int32Array[] {
  const single = kind === 'features';
  const rowRanges = rangesOf(rows, single);
  const columnRanges = rangesOf(columns, single);
  return rowRanges.flatMap(([top, bottom]) =>
    columnRanges.map(([left, right]) => {
      const places: number[] = [];
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) places.push(y * columns + x);
      }
      return Int32Array.from(places);
    }),
  );
}

/** [from, to) of the windows on an axis. */
function rangesOf(size: number, single: boolean): [number, number][] {
  const window = single ? 1 : Math.min(OCCLUSION.window, size);
  const stride = single ? 1 : OCCLUSION.stride;
  const count = Math.ceil((size - window) / stride) + 1;
  return Array.from({ length: count }, (_, i) => {
    const from = Math.min(i * stride, size - window);
    return [from, from + window];
  });
}

function without(input: Float32Array, window: Int32Array, { places }: InputLayout): Float32Array {
  const result = input.slice();
  for (let channel = 0; channel < input.length; channel += places) {
    for (const place of window) result[channel + place] = OCCLUSION.value;
  }
  return result;
}

function scoreOf(logits: Float32Array, { target, weights }: ExplainRequest): number {
  if (!weights) return logits[target] as number;
  return logits.reduce((sum, logit, i) => sum + logit * (weights[i] as number), 0);
}

function meanDrops(
  { places }: InputLayout,
  windows: readonly Int32Array[],
  drops: readonly number[],
): Float32Array {
  const sums = new Float64Array(places);
  const counts = new Int32Array(places);
  windows.forEach((window, w) => {
    for (const place of window) {
      sums[place] = (sums[place] as number) + (drops[w] as number);
      counts[place] = (counts[place] as number) + 1;
    }
  });
  return Float32Array.from(sums, (sum, place) => sum / (counts[place] as number));
}
