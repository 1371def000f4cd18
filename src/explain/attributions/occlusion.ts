import { z } from 'zod';
import { mismatch } from '../../errors.js';
import type { Network } from '../../import/network.js';
import type { InputLayout } from '../../input/layout.js';
import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution } from './attribution.js';
import type { Pass } from './passes.js';
import { scoreOf } from './score.js';

export const OCCLUSION = z.strictObject({
  window: z
    .int()
    .min(1)
    .default(16)
    .describe('side of the window in pixels; of feature vectors, single features'),
  stride: z.int().min(1).default(8).describe('by how much the window moves, at most its side'),
  value: z
    .number()
    .default(0)
    .describe(
      'network input in place of what is hidden; 0 is the mean colour where preprocessing subtracts it',
    ),
});

type Settings = z.infer<typeof OCCLUSION>;

/**
 * Occlusion: how much the target's logit drops when a window is set to a value; a place gets the mean over the windows that
 * cover it. The last window of an axis is moved inside, so that every place is covered.
 * @throws InputError for a stride that leaves places between windows
 */
export function occlusion(settings: Settings): Attribution {
  const { window, stride } = settings;
  if (stride > window) {
    throw mismatch({
      what: 'stride',
      where: 'occlusion',
      expected: `at most the window, ${window}`,
      got: String(stride),
    });
  }
  return {
    definition: () => ({ kind: 'occlusion', ...settings }),
    prepare(passes) {
      const forward = passes.forward();
      return async (requests) => {
        const drops = await occlude(forward, passes.network, requests, settings);
        return drops.map((relevance) => ({ relevance, channels: 1 }));
      };
    },
  };
}

async function occlude(
  forward: Pass,
  network: Network,
  requests: readonly ExplainRequest[],
  settings: Settings,
): Promise<Float32Array[]> {
  const { layout } = network;
  const windows = windowsOf(layout, settings);
  function* occluded(): Generator<Item> {
    for (const request of requests) {
      yield { input: request.input, request };
      for (const places of windows)
        yield { input: without(request.input, places, layout, settings.value), request };
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
function windowsOf({ kind, rows, columns }: InputLayout, settings: Settings): Int32Array[] {
  const { window, stride } = kind === 'features' ? { window: 1, stride: 1 } : settings;
  const rowRanges = rangesOf(rows, window, stride);
  const columnRanges = rangesOf(columns, window, stride);
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
function rangesOf(size: number, side: number, stride: number): [number, number][] {
  const window = Math.min(side, size);
  const count = Math.ceil((size - window) / stride) + 1;
  return Array.from({ length: count }, (_, i) => {
    const from = Math.min(i * stride, size - window);
    return [from, from + window];
  });
}

function without(
  input: Float32Array,
  window: Int32Array,
  { places }: InputLayout,
  value: number,
): Float32Array {
  const result = input.slice();
  for (let channel = 0; channel < input.length; channel += places) {
    for (const place of window) result[channel + place] = value;
  }
  return result;
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
