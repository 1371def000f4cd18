import { join } from 'node:path';
import sharp from 'sharp';
import { writeAtomic } from '../files/atomic.js';
import { writeNpy } from '../files/npy.js';
import type { InputLayout } from '../input/layout.js';
import { commonLimit } from '../report/colormaps.js';
import type { DrawnInput } from '../report/panels.js';
import { comparisonPicture, heatmapPng } from '../report/pictures.js';
import type { MethodMap } from './families/perturbation.js';
import type { PreparedInput } from './prepare.js';

/** Share of the largest magnitudes that the colours leave to their ends. */
const COLOUR_PERCENTILE = 99.5;

/** A name that is safe as a file name on every system. */
export function slug(name: string): string {
  return name.replace(/[^\w.-]+/g, '_').slice(0, 120);
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
  layout: InputLayout,
  { input, pixels }: PreparedInput,
  maps: readonly MethodMap[],
  title: string,
): Promise<void> {
  for (const map of maps) {
    const stem = heatmapStem(folder, image, map.method);
    await writeAtomic(`${stem}.npy`, writeNpy(layout.heatmapShape, map.values));
    await writeAtomic(`${stem}.png`, await heatmapPng(map, commonLimit([map], COLOUR_PERCENTILE)));
  }
  const picture = await comparisonPicture({
    columns: maps.map(({ method }) => method),
    rows: [{ label: image, subject: subjectOf(input, layout, pixels), maps }],
    title,
    ratio: 1,
  });
  await writeAtomic(join(folder, `${slug(image)}.png`), picture);
  if (pixels) {
    const png = await rgbPng(pixels, layout.columns, layout.rows);
    await writeAtomic(join(folder, `${slug(image)}.input.png`), png);
  }
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
  { rows, columns, channels }: InputLayout,
  pixels: Uint8Array | undefined,
): DrawnInput {
  return pixels ? { data: pixels, width: columns, height: rows } : { values: input, channels };
}
