import sharp, { type Sharp } from 'sharp';
import type { Heatmap } from '../../input/heatmap.js';
import { createCanvas, encodePng, PAPER } from '../canvas.js';
import { COLOURS_END, colorOf, commonLimit } from '../colormaps.js';
import { aspectOf, drawHeatmap, drawInput, heatmapPixels } from '../panels.js';
import type { DrawnInput, Pixels } from '../types.js';

/** Pictures are at most this wide and high: a network's usual input. */
const LARGEST_SIDE = 256;
/** What all heatmaps of a report may take, in bytes; with originals and curves, 200 images stay under 25 MB. */
const HEATMAP_BUDGET = 12e6;
/** Shades from zero to the end of the scale, and what a pixel costs at most, in bytes; measured on noisy maps: 0.95 and 0.46. */
const FINE = { shades: 100, bytes: 1 };
const COARSE = { shades: 15, bytes: 0.5 };

/** How finely the heatmaps of a report are kept. */
export interface Fineness {
  /** Shades from zero to the end of the scale. */
  readonly shades: number;
  /** The most pixels of a heatmap. */
  readonly pixels: number;
}

/** As fine as the budget allows for so many heatmaps of this size. */
export function finenessFor(heatmaps: number, width: number, height: number): Fineness {
  const side = (length: number) => Math.min(length, LARGEST_SIDE);
  const { shades, bytes } =
    heatmaps * side(width) * side(height) * FINE.bytes <= HEATMAP_BUDGET ? FINE : COARSE;
  return { shades, pixels: HEATMAP_BUDGET / (heatmaps * bytes) };
}

/** The colours of all shades from the least to the largest, as "rrggbb": what a reader tells values by. */
export function paletteOf(shades: number, signed: boolean): string[] {
  const least = signed ? -shades : 0;
  return Array.from({ length: shades - least + 1 }, (_, at) =>
    colorOf(least + at, shades, signed)
      .map((channel) => channel.toString(16).padStart(2, '0'))
      .join(''),
  );
}

/** A heatmap as a picture in a page. */
export interface DrawnHeatmap {
  readonly uri: string;
  /** The value where the colours end, where values can be told by the colours. */
  readonly limit?: number;
}

/** Pictures of heatmaps of one input that share a scale; undefined where there is none. */
export async function drawHeatmaps(
  maps: readonly (Heatmap | undefined)[],
  subject: DrawnInput,
  { shades, pixels }: Fineness,
): Promise<(DrawnHeatmap | undefined)[]> {
  const isImage = !('channels' in subject);
  const shown = maps.map((map) => map && (isImage ? shrink(map, pixels) : map));
  const limit = commonLimit(
    shown.filter((map) => map !== undefined),
    COLOURS_END,
  );
  return Promise.all(
    shown.map(async (map) => {
      if (!map) return undefined;
      if (!isImage) return { uri: await signalUri(map, subject, limit) };
      const values = map.values.map((value) => Math.round(Math.min(Math.max(value / limit, -1), 1) * shades));
      const { data, width, height } = heatmapPixels({ ...map, values }, shades);
      const picture = sharp(data, { raw: { width, height, channels: 3 } });
      return { uri: await webpUri(picture.webp({ lossless: true })), limit };
    }),
  );
}

const CANVAS = 224;

async function signalUri(map: Heatmap, subject: DrawnInput, limit: number): Promise<string> {
  const canvas = createCanvas(CANVAS, CANVAS * aspectOf(subject));
  const area = { x: 0, y: 0, width: canvas.width, height: canvas.height };
  drawHeatmap(canvas.getContext('2d'), area, map, limit, subject, false);
  return webpUri(sharp(await encodePng(canvas)).webp({ lossless: true }));
}

/** What the network was given, as a picture in a page. */
export async function inputUri(subject: DrawnInput): Promise<string> {
  if (!('channels' in subject)) return pixelsUri(subject);
  const canvas = createCanvas(CANVAS, CANVAS * aspectOf(subject));
  const context = canvas.getContext('2d');
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawInput(context, { x: 0, y: 0, width: canvas.width, height: canvas.height }, subject);
  return webpUri(sharp(await encodePng(canvas)).webp({ lossless: true }));
}

async function pixelsUri({ data, width, height }: Pixels): Promise<string> {
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  // Small inputs are drawn enlarged, where losses would show.
  const small = Math.max(width, height) < 100;
  return webpUri(
    picture
      .resize({ width: LARGEST_SIDE, height: LARGEST_SIDE, fit: 'inside', withoutEnlargement: true })
      .webp(small ? { lossless: true } : { quality: 80 }),
  );
}

/** The heatmap with means over squares, as small as they must be for the pixels and the largest side that are allowed. */
function shrink(map: Heatmap, pixels: number): Heatmap {
  const square = Math.ceil(
    Math.max(1, Math.sqrt((map.columns * map.rows) / pixels), Math.max(map.columns, map.rows) / LARGEST_SIDE),
  );
  if (square === 1) return map;
  const [rows, columns] = [Math.ceil(map.rows / square), Math.ceil(map.columns / square)];
  const sums = new Float32Array(rows * columns);
  const counts = new Float32Array(rows * columns);
  map.values.forEach((value, index) => {
    const x = Math.floor((index % map.columns) / square);
    const y = Math.floor(Math.floor(index / map.columns) / square);
    const at = y * columns + x;
    sums[at] = (sums[at] ?? 0) + value;
    counts[at] = (counts[at] ?? 0) + 1;
  });
  return { ...map, rows, columns, values: sums.map((sum, at) => sum / (counts[at] ?? 1)) };
}

async function webpUri(picture: Sharp): Promise<string> {
  return `data:image/webp;base64,${(await picture.toBuffer()).toString('base64')}`;
}
