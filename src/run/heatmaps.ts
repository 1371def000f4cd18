import { join } from 'node:path';
import { writeNpy } from '../datasets/npy.js';
import { commonLimit, type Heatmap } from '../report/colormaps.js';
import { writeAtomic } from '../report/files.js';
import type { Subject } from '../report/panels.js';
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

/**
 * Writes `<image>.<method>.npy` (H x W) and `.png` (a pixel a position) for every heatmap, and `<image>.png`: the image
 * beside all of them. Returns nothing; what is written depends on the arguments alone.
 */
export async function writeHeatmaps(
  directory: string,
  image: string,
  inputShape: readonly number[],
  { input, pixels }: PreparedInput,
  maps: readonly KeptMap[],
  title: string,
): Promise<void> {
  const { height, width } = heatmapSize(inputShape);
  const drawn = maps.map(({ heatmap, signed }): Heatmap => ({ width, height, values: heatmap, signed }));
  await Promise.all(
    maps.map(async ({ method, heatmap }, i) => {
      const stem = join(directory, `${slug(image)}.${slug(method)}`);
      const map = drawn[i] as Heatmap;
      await writeAtomic(
        `${stem}.npy`,
        writeNpy(inputShape.length === 1 ? [width] : inputShape.slice(1), heatmap),
      );
      await writeAtomic(`${stem}.png`, await heatmapPng(map, commonLimit([map], COLOUR_PERCENTILE)));
    }),
  );
  const picture = await comparisonPicture({
    columns: maps.map(({ method }) => method),
    rows: [{ label: image, subject: subjectOf(input, inputShape, pixels), maps: drawn }],
    title,
    ratio: 1,
  });
  await writeAtomic(join(directory, `${slug(image)}.png`), picture);
}

/** What the heatmap is about, as it is drawn: the image as the network sees it, or the array's values. */
export function subjectOf(
  input: Float32Array,
  inputShape: readonly number[],
  pixels: Uint8Array | undefined,
): Subject {
  const { height, width } = heatmapSize(inputShape);
  if (pixels) return { data: pixels, width, height };
  return { values: input, channels: inputShape.length === 1 ? 1 : (inputShape[0] as number) };
}
