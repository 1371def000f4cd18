import { join } from 'node:path';
import sharp from 'sharp';
import { writeAtomic } from '../files/atomic.js';
import { writeNpy } from '../files/npy.js';
import { commonLimit, type Heatmap } from '../report/colormaps.js';
import type { DrawnInput } from '../report/panels.js';
import { comparisonPicture, heatmapPng } from '../report/pictures.js';
import type { PreparedInput } from './prepare.js';

/** A heatmap that is kept as a file. */
export interface KeptMap {
  readonly method: string;
  readonly heatmap: Float32Array;
  readonly signed: boolean;
}

/** Share of the largest magnitudes that the colours leave to their ends. */
const COLOUR_PERCENTILE = 99.5;

/** A name that is safe as a file name on every system. */
export function slug(name: string): string {
  return name.replace(/[^\w.-]+/g, '_').slice(0, 120);
}

/** Height and width of an input's heatmap; a signal or a vector of features has height 1. */
export function heatmapSize(inputShape: readonly number[]): { height: number; width: number } {
  const spatial = inputShape.length === 1 ? inputShape : inputShape.slice(1);
  return spatial.length === 2
    ? { height: spatial[0] as number, width: spatial[1] as number }
    : { height: 1, width: spatial[0] as number };
}

/** Where the heatmaps of an image lie: a folder of its own for every network when there are several. */
export function heatmapFolder(heatmaps: string, network: string, several: boolean): string {
  return several ? join(heatmaps, slug(network)) : heatmaps;
}

/** The file of one method's heatmap, without its ending. */
export function heatmapStem(folder: string, image: string, method: string): string {
  return join(folder, `${slug(image)}.${slug(method)}`);
}

/**
 * Writes `<image>.<method>.npy` (H x W) and `.png` (a pixel a position) for every heatmap, `<image>.png` (the input
 * beside all of them) and, of an image, `<image>.input.png` (what the network sees).
 */
export async function writeHeatmaps(
  folder: string,
  image: string,
  inputShape: readonly number[],
  { input, pixels }: PreparedInput,
  maps: readonly KeptMap[],
  title: string,
): Promise<void> {
  const { height, width } = heatmapSize(inputShape);
  const drawn = maps.map(({ heatmap, signed }): Heatmap => ({ width, height, values: heatmap, signed }));
  for (const [i, { method, heatmap }] of maps.entries()) {
    const stem = heatmapStem(folder, image, method);
    const map = drawn[i] as Heatmap;
    await writeAtomic(`${stem}.npy`, writeNpy(inputShape.slice(inputShape.length === 1 ? 0 : 1), heatmap));
    await writeAtomic(`${stem}.png`, await heatmapPng(map, commonLimit([map], COLOUR_PERCENTILE)));
  }
  const picture = await comparisonPicture({
    columns: maps.map(({ method }) => method),
    rows: [{ label: image, subject: subjectOf(input, inputShape, pixels), maps: drawn }],
    title,
    ratio: 1,
  });
  await writeAtomic(join(folder, `${slug(image)}.png`), picture);
  if (pixels)
    await writeAtomic(join(folder, `${slug(image)}.input.png`), await rgbPng(pixels, width, height));
}

/** RGB bytes as a PNG. */
export async function rgbPng(pixels: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** What the heatmap is about, as it is drawn: the image as the network sees it, or the array's values. */
export function subjectOf(
  input: Float32Array,
  inputShape: readonly number[],
  pixels: Uint8Array | undefined,
): DrawnInput {
  const { height, width } = heatmapSize(inputShape);
  if (pixels) return { data: pixels, width, height };
  return { values: input, channels: inputShape.length === 1 ? 1 : (inputShape[0] as number) };
}
