import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Sample } from '../datasets/dataset.js';
import { prepareImage } from '../datasets/image.js';
import { preprocessingSchema } from '../datasets/preprocessing.js';
import type { MethodMap } from '../evaluation/families/perturbation.js';
import { heatmapFolder, heatmapStem, rgbPng, slug } from '../evaluation/heatmaps.js';
import { IMAGE_GRID, toImageCoordinates } from '../evaluation/image-coordinates.js';
import type { PreparedInput } from '../evaluation/prepare.js';
import type { Experiment } from '../experiment/config.js';
import { resolveMethod } from '../explain/methods.js';
import { writeAtomic } from '../files/atomic.js';
import { readNpy, writeNpy } from '../files/npy.js';
import { comparisonPicture } from '../report/pictures.js';

/**
 * Writes what comparing networks needs of one image: `<image>.image.png` (the whole image) and, in the network's folder,
 * `<image>.<method>.image.npy` (heatmaps in image coordinates). Arrays have no image and are left out.
 */
export async function writeForComparison(
  heatmaps: string,
  network: string,
  { id, path }: Sample,
  { placement }: PreparedInput,
  maps: readonly MethodMap[],
): Promise<void> {
  if (!placement) return;
  const whole = preprocessingSchema.parse({ resize: [IMAGE_GRID, IMAGE_GRID] });
  const { pixels } = await prepareImage(path, whole, [3, IMAGE_GRID, IMAGE_GRID]);
  await writeAtomic(join(heatmaps, `${slug(id)}.image.png`), await rgbPng(pixels, IMAGE_GRID, IMAGE_GRID));
  for (const map of maps) {
    const stem = heatmapStem(heatmapFolder(heatmaps, network, true), id, map.method);
    const { values } = toImageCoordinates(map, placement);
    await writeAtomic(`${stem}.image.npy`, writeNpy([IMAGE_GRID, IMAGE_GRID], values));
  }
}

/**
 * For every image whose heatmaps were kept, `<image>.png`: the image and each network's heatmap, a row a method, all of
 * a row on one colour scale (Samek et al. 2017, Figure 1(c)).
 */
export async function drawNetworkComparisons(
  heatmaps: string,
  { networks, methods, composites }: Experiment,
  images: readonly string[],
): Promise<void> {
  for (const image of images) {
    const original = join(heatmaps, `${slug(image)}.image.png`);
    if (!existsSync(original)) continue;
    const data = await sharp(original).removeAlpha().raw().toBuffer();
    const subject = { data, width: IMAGE_GRID, height: IMAGE_GRID };
    const rows = methods.map((method) => ({
      label: method,
      subject,
      maps: networks.map(({ name }) => {
        const file = `${heatmapStem(heatmapFolder(heatmaps, name, true), image, method)}.image.npy`;
        if (!existsSync(file)) return undefined;
        const { signed } = resolveMethod(method, composites);
        return { values: readNpy(file).data, rows: IMAGE_GRID, columns: IMAGE_GRID, signed };
      }),
    }));
    const columns = networks.map(({ name }) => name);
    const picture = await comparisonPicture({ columns, rows, title: image, scale: 'row', ratio: 1 });
    await writeAtomic(join(heatmaps, `${slug(image)}.png`), picture);
  }
}
