import { join } from 'node:path';
import sharp from 'sharp';
import { prepareImage } from '../datasets/image.js';
import { IMAGE_GRID, toImageCoordinates } from '../datasets/image-coordinates.js';
import type { PreparedInput } from '../datasets/prepare.js';
import { preprocessingSchema } from '../datasets/preprocessing.js';
import type { Sample } from '../datasets/sample.js';
import { writeAtomic } from '../files/atomic.js';
import { fileName, filePart } from '../files/file-name.js';
import { writeNpy } from '../files/npy.js';
import type { InputLayout } from '../input/layout.js';
import { COLOURS_END, commonLimit } from '../report/colormaps.js';
import { comparisonPicture, heatmapPng, type Sheet } from '../report/pictures.js';
import { signalPicture } from '../report/signals/picture.js';
import type { DrawnInput } from '../report/types.js';
import type { MethodMap } from './families/explained-class.js';

/** Where the heatmaps of an image lie: a folder of its own for every network when there are several. */
export function heatmapFolder(heatmaps: string, network: string, several: boolean): string {
  return several ? join(heatmaps, fileName(network)) : heatmaps;
}

/** What the files of an image's heatmaps begin with; of one class among several, when they are of that class. */
export function imageStem(image: string, className?: string): string {
  return className === undefined ? filePart(image) : `${filePart(image)}.${filePart(className)}`;
}

/** The file of one method's heatmap, without its ending. */
export function heatmapStem(folder: string, stem: string, method: string): string {
  return join(folder, `${stem}.${fileName(method)}`);
}

/** The file of a text's tokens. */
export function documentFile(folder: string, stem: string): string {
  return join(folder, `${stem}.json`);
}

/** An image whose heatmaps are kept. */
export interface KeptImage {
  readonly sample: Sample;
  readonly prepared: PreparedInput;
  readonly layout: InputLayout;
  readonly network: string;
  /** Whether the experiment compares several networks. */
  readonly several: boolean;
}

/** A class whose heatmaps are kept. */
export interface KeptClass {
  readonly name: string;
  /** Whether no other class of the image is explained. */
  readonly alone: boolean;
  /** Whether it is the class that networks are compared by. */
  readonly compared: boolean;
}

/**
 * Writes `<image>.<method>.npy` (H x W) and `.png` (a pixel a position) for every heatmap of a class, `<image>.png` (the
 * input beside all of them) and, of an image, `<image>.input.png` (what the network sees). Of an image of which several
 * classes are explained, the class is part of the name. Of a text, `<image>.json` (its tokens) and no pictures: the report shows
 * it on coloured ground.
 */
export async function keepHeatmaps(
  heatmaps: string,
  kept: KeptImage,
  { name, alone, compared }: KeptClass,
  maps: readonly MethodMap[],
): Promise<void> {
  const { sample, prepared, layout, network, several } = kept;
  const { pixels, document } = prepared;
  const folder = heatmapFolder(heatmaps, network, several);
  const image = imageStem(sample.id, alone ? undefined : name);
  if (document) await writeAtomic(documentFile(folder, imageStem(sample.id)), JSON.stringify(document));
  for (const map of maps) {
    const stem = heatmapStem(folder, image, map.method);
    await writeAtomic(`${stem}.npy`, writeNpy(layout.heatmapShape, map.values));
    if (document) continue;
    await writeAtomic(`${stem}.png`, await heatmapPng(map, commonLimit([map], COLOURS_END)));
  }
  if (document) return;
  const label = alone ? sample.id : `${sample.id}.${name}`;
  const shown = { id: sample.id, label, explained: name, prepared, layout };
  await writeAtomic(join(folder, `${image}.png`), await explanationPicture(shown, maps, { ratio: 1 }));
  if (pixels) {
    const png = await rgbPng(pixels, layout.columns, layout.rows);
    await writeAtomic(join(folder, `${image}.input.png`), png);
  }
  if (several && compared) await keepForComparison(heatmaps, kept, maps);
}

/** An input that is drawn beside its heatmaps. */
export interface Depicted {
  readonly id: string;
  /** What stands below it. */
  readonly label: string;
  /** The class that is explained. */
  readonly explained: string;
  readonly prepared: Pick<PreparedInput, 'input' | 'pixels' | 'document'>;
  readonly layout: InputLayout;
}

/** Draws an input beside its heatmaps: a signal whose channels are told apart as such, anything else as images are. */
export function explanationPicture(
  { id, label, explained, prepared: { input, pixels }, layout }: Depicted,
  maps: readonly MethodMap[],
  style: Pick<Sheet, 'classes' | 'overlay' | 'ratio' | 'scale'>,
): Promise<Buffer> {
  const columns = maps.map(({ method }) => method);
  const title = `explained: ${explained}`;
  if (layout.signal)
    return signalPicture({ title: `${id} · ${title}`, input, signal: layout.signal, columns, maps });
  const subject = subjectOf(input, layout, pixels);
  return comparisonPicture({ ...style, title, columns, rows: [{ label, subject, maps }] });
}

/**
 * Writes what comparing networks needs of one image: `<image>.image.png` (the whole image) and, in the network's folder,
 * `<image>.<method>.image.npy` (heatmaps in image coordinates). Arrays have no image and are left out.
 */
async function keepForComparison(
  heatmaps: string,
  { sample: { id, path }, prepared: { placement }, network }: KeptImage,
  maps: readonly MethodMap[],
): Promise<void> {
  if (!placement) return;
  const whole = preprocessingSchema.parse({ resize: [IMAGE_GRID, IMAGE_GRID] });
  const { pixels } = await prepareImage(path, whole, [3, IMAGE_GRID, IMAGE_GRID]);
  await writeAtomic(
    join(heatmaps, `${imageStem(id)}.image.png`),
    await rgbPng(pixels, IMAGE_GRID, IMAGE_GRID),
  );
  for (const map of maps) {
    const stem = heatmapStem(heatmapFolder(heatmaps, network, true), imageStem(id), map.method);
    const { values } = toImageCoordinates(map, placement);
    await writeAtomic(`${stem}.image.npy`, writeNpy([IMAGE_GRID, IMAGE_GRID], values));
  }
}

/** RGB bytes as a PNG. */
async function rgbPng(pixels: Uint8Array, width: number, height: number): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** What the heatmap is about, as it is drawn: the image as the network sees it, or the array's values. */
function subjectOf(
  input: Float32Array,
  { rows, columns, channels }: InputLayout,
  pixels: Uint8Array | undefined,
): DrawnInput {
  return pixels ? { data: pixels, width: columns, height: rows } : { values: input, channels };
}
