import { z } from 'zod';
import { mismatch } from '../../errors.js';
import type { Walk } from '../../incremental/passes.js';
import type { Replaceable } from '../../incremental/spans.js';
import { wordUnits } from '../../input/document.js';
import type { InputLayout } from '../../input/layout.js';
import { pasteUnit, placesOf, type Rect } from '../../input/units.js';
import type { Item } from '../batches.js';
import type { ExplainRequest } from '../request.js';
import type { Attribution, Computed } from './attribution.js';
import type { LocalPass } from './local-pass.js';
import type { Pass } from './passes.js';
import { scoreOf, scoresOf } from './score.js';

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
      const { layout } = passes.network;
      const shared = windowsOf(layout, settings);
      const local = passes.local(shared);
      // What lies in one row may be a text, of which other windows are hidden: its words.
      const whole = local && layout.rows > 1 ? undefined : passes.forward();
      return async (requests) => {
        const results: Computed[] = [];
        for (const request of requests) {
          const { document } = request;
          const windows = document ? wordUnits(layout, document) : shared;
          const hidden = { windows, patch: (window: number) => patchOf(windows, window, settings.value) };
          const incremental = local && !document;
          const scores = await (incremental
            ? localScores(local, request, hidden)
            : scoresOf(whole as Pass, occluded(request, hidden), 'logit'));
          const drops = scores.slice(1).map((left) => (scores[0] as number) - left);
          results.push({
            relevance: document ? inParts(windows, drops) : meanDrops(windows, drops),
            channels: 1,
            passes: scores.length,
            ...(incremental && { incrementalPasses: windows.count }),
          });
        }
        return results;
      };
    },
  };
}

/** What is hidden, and what takes its place. */
interface Hidden {
  readonly windows: Replaceable;
  readonly patch: (window: number) => Float32Array;
}

/** The input, and then without each of the windows. */
function* occluded(request: ExplainRequest, { windows, patch }: Hidden): Generator<Item> {
  yield { input: request.input, request };
  for (let window = 0; window < windows.count; window++) {
    const input = request.input.slice();
    pasteUnit(input, windows, window, patch(window));
    yield { input, request };
  }
}

/** The scores of what is {@link occluded}, computed where windows change something. */
async function localScores(
  local: LocalPass,
  request: ExplainRequest,
  { windows, patch }: Hidden,
): Promise<number[]> {
  const walks = Array.from(
    { length: windows.count },
    (_, window): Walk => ({ units: Int32Array.of(window), patch: () => patch(window), looks: [1] }),
  );
  const scores: number[] = [];
  const whole = await local.run(request.input, walks, (logits) => scores.push(scoreOf(logits, request)));
  return [scoreOf(whole, request), ...scores];
}

function patchOf(windows: Replaceable, window: number, value: number): Float32Array {
  return new Float32Array(windows.layout.channels * placesOf(windows, window)).fill(value);
}

/** All windows over an input. */
function windowsOf(layout: InputLayout, settings: Settings): Replaceable {
  const { window, stride } = layout.kind === 'features' ? { window: 1, stride: 1 } : settings;
  const across = rangesOf(layout.columns, window, stride);
  const rects = rangesOf(layout.rows, window, stride).flatMap(([top, height]) =>
    across.map(([left, width]): [Rect] => [{ top, left, height, width }]),
  );
  return { layout, count: rects.length, rectangles: (window) => rects[window] as [Rect] };
}

/** Where the windows on an axis begin, and how long they are. */
function rangesOf(size: number, side: number, stride: number): [number, number][] {
  const window = Math.min(side, size);
  const count = Math.ceil((size - window) / stride) + 1;
  return Array.from({ length: count }, (_, i) => [Math.min(i * stride, size - window), window]);
}

/** The drop of a word in equal parts at its tokens. */
function inParts(words: Replaceable, drops: readonly number[]): Float32Array {
  const relevance = new Float32Array(words.layout.places);
  for (const [word, drop] of drops.entries()) {
    for (const place of eachPlace(words, word)) relevance[place] = drop / placesOf(words, word);
  }
  return relevance;
}

function meanDrops(windows: Replaceable, drops: readonly number[]): Float32Array {
  const sums = new Float64Array(windows.layout.places);
  const counts = new Int32Array(sums.length);
  for (const [window, drop] of drops.entries()) {
    for (const place of eachPlace(windows, window)) {
      sums[place] = (sums[place] as number) + drop;
      counts[place] = (counts[place] as number) + 1;
    }
  }
  return Float32Array.from(sums, (sum, place) => sum / (counts[place] as number));
}

/** The places of a window, as indices into a channel. */
function* eachPlace({ layout: { columns }, rectangles }: Replaceable, window: number): Generator<number> {
  for (const { top, left, height, width } of rectangles(window)) {
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) yield y * columns + x;
    }
  }
}
