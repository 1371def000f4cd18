import type { Heatmap } from '../input/heatmap.js';

/** A colour as red, green, blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/**
 * Zero is white in both maps, lightness falls evenly with the magnitude, and they differ from each other:
 * relevance goes to red (for the class) or blue (against it), sensitivity through orange to violet.
 * Both stay apart for colour-blind readers. Sources: ColorBrewer RdBu with white in its middle; magma, reversed.
 */
const AGAINST = ['ffffff', 'd1e5f0', '92c5de', '4393c3', '2166ac', '053061'];
const FOR = ['ffffff', 'fddbc7', 'f4a582', 'd6604d', 'b2182b', '67001f'];
const UNSIGNED = [
  'ffffff',
  'fdedb0',
  'fecf92',
  'fe9f6d',
  'f7705c',
  'de4968',
  'b73779',
  '8c2981',
  '641a80',
  '3b0f70',
];

/** What is not a number has no place on the scale. */
const NOT_A_NUMBER: Rgb = [128, 128, 128];

/** Steps between zero and the largest magnitude; finer than eight bits a channel can show. */
const STEPS = 512;

const negative = ramp(AGAINST);
const positive = ramp(FOR);
const unsigned = ramp(UNSIGNED);

/** The colour of a value on a scale that ends at `limit` > 0; values beyond it take the colour of the end. */
export function colorOf(value: number, limit: number, signed: boolean): Rgb {
  if (Number.isNaN(value)) return NOT_A_NUMBER;
  const table = !signed ? unsigned : value < 0 ? negative : positive;
  const magnitude = signed ? Math.abs(value) : Math.max(value, 0);
  return table[Math.round(Math.min(magnitude / limit, 1) * STEPS)] as Rgb;
}

/** The colours of a whole heatmap as RGB bytes, rows x columns x 3. */
export function paint(map: Heatmap, limit: number): Uint8Array {
  const bytes = new Uint8Array(map.values.length * 3);
  let at = 0;
  for (const value of map.values)
    for (const channel of colorOf(value, limit, map.signed)) bytes[at++] = channel;
  return bytes;
}

/** The percentile of |R| at which the colours of pictures end, unless something else is asked for. */
export const COLOURS_END = 99.5;

/**
 * Where the colour scale of some heatmaps ends: the `percentile` (0 < percentile <= 100, nearest rank) of all their
 * magnitudes |R| taken together. 100 is the largest magnitude; a little less keeps a few extreme pixels from
 * paling all others. 1 when every value is zero, so that the maps come out white.
 */
export function commonLimit(maps: readonly Heatmap[], percentile = 100): number {
  const all = new Float32Array(maps.reduce((sum, { values }) => sum + values.length, 0));
  let count = 0;
  for (const { values } of maps)
    for (const value of values) if (Number.isFinite(value)) all[count++] = Math.abs(value);
  const magnitudes = all.subarray(0, count).sort();
  const rank = Math.ceil((percentile / 100) * magnitudes.length) - 1;
  // A sparse map may be zero at the percentile: its largest value still deserves a colour.
  return magnitudes[rank] || magnitudes.at(-1) || 1;
}

/** Colours in linear steps from one stop to the next. */
function ramp(stops: readonly string[]): Rgb[] {
  const colors = stops.map((stop) => [0, 2, 4].map((at) => Number.parseInt(stop.slice(at, at + 2), 16)));
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const place = (step / STEPS) * (colors.length - 1);
    const before = Math.min(Math.floor(place), colors.length - 2);
    const share = place - before;
    const mix = (channel: number) =>
      Math.round(
        (colors[before]?.[channel] ?? 0) * (1 - share) + (colors[before + 1]?.[channel] ?? 0) * share,
      );
    return [mix(0), mix(1), mix(2)];
  });
}
