import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { IMAGE_GRID } from '../datasets/image-coordinates.js';
import { heatmapFolder, heatmapStem, imageStem } from '../evaluation/heatmaps.js';
import type { Experiment } from '../experiment/config.js';
import { resolveMethod } from '../explain/methods.js';
import { writeAtomic } from '../files/atomic.js';
import { readNpy } from '../files/npy.js';
import { comparisonPicture } from '../report/pictures.js';

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
    const original = join(heatmaps, `${imageStem(image)}.image.png`);
    if (!existsSync(original)) continue;
    const data = await sharp(original).removeAlpha().raw().toBuffer();
    const subject = { data, width: IMAGE_GRID, height: IMAGE_GRID };
    const rows = methods.map((method) => ({
      label: method,
      subject,
      maps: networks.map(({ name }) => {
        const file = `${heatmapStem(heatmapFolder(heatmaps, name, true), imageStem(image), method)}.image.npy`;
        if (!existsSync(file)) return undefined;
        const { signed } = resolveMethod(method, composites);
        return { values: readNpy(file).data, rows: IMAGE_GRID, columns: IMAGE_GRID, signed };
      }),
    }));
    const columns = networks.map(({ name }) => name);
    const picture = await comparisonPicture({ columns, rows, title: image, scale: 'row', ratio: 1 });
    await writeAtomic(join(heatmaps, `${imageStem(image)}.png`), picture);
  }
}
