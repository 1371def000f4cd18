import { z } from 'zod';
import { mismatch } from '../../errors.js';
import type { Network } from '../../import/network.js';
import { type Document, wordUnits } from '../../input/document.js';
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
    .describe('side of the window in pixels; of feature vectors, single features; of texts, words'),
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
 * cover it. The last window of an axis is moved inside, so that every place is covered. Of a text, words are hidden: each of its
 * tokens gets an equal part of what its word costs.
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
  const shared = windowsOf(layout, settings);
  const hidden = requests.map(({ document }) => (document ? wordWindows(layout, document) : shared));
  const owners: { readonly own: number[]; readonly request: ExplainRequest }[] = [];
  const scores = requests.map((): number[] => []);
  function* occluded(): Generator<Item> {
    for (const [i, request] of requests.entries()) {
      for (const places of [Int32Array.of(), ...(hidden[i] as Int32Array[])]) {
        owners.push({ own: scores[i] as number[], request });
        yield { input: without(request.input, places, layout, settings.value), request };
      }
    }
  }
  const logits = network.graph.outputs[0] as string;
  const receive = (outputs: Readonly<Record<string, Float32Array>>, index: number) => {
    const { own, request } = owners[index] as (typeof owners)[number];
    own.push(scoreOf(outputs[logits] as Float32Array, request));
  };
  await forward.run(occluded(), receive);
  return scores.map(([whole = 0, ...left], i) => {
    const drops = left.map((score) => whole - score);
    const windows = hidden[i] as Int32Array[];
    return requests[i]?.document ? inParts(layout, windows, drops) : meanDrops(layout, windows, drops);
  });
}

/** The words of a text, one after the other. */
function wordWindows(layout: InputLayout, document: Document): Int32Array[] {
  const { count, rectangles } = wordUnits(layout, document);
  return Array.from({ length: count }, (_, word) => Int32Array.from(rectangles(word), ({ left }) => left));
}

/** The drop of a word in equal parts at its tokens. */
function inParts(
  { places }: InputLayout,
  words: readonly Int32Array[],
  drops: readonly number[],
): Float32Array {
  const relevance = new Float32Array(places);
  for (const [w, word] of words.entries())
    for (const place of word) relevance[place] = (drops[w] as number) / word.length;
  return relevance;
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
