import { join } from 'node:path';
import { IMAGE_GRID } from '../datasets/image-coordinates.js';
import { heatmapFolder, heatmapStem, imageStem } from '../evaluation/heatmaps.js';
import type { Experiment } from '../experiment/config.js';
import { resolveMethod } from '../explain/methods.js';
import { writeAtomic } from '../files/atomic.js';
import { comparisonPicture } from '../report/pictures.js';
import type { ResultsDirectory } from './directory.js';
import { readKeptMap, readKeptPicture } from './kept.js';
import type { Picture } from './pictures.js';

/**
 * For every image whose heatmaps were kept, `heatmaps/<image>.png`: the image and each network's heatmap, a row a method,
 * all of a row on one colour scale (Samek et al. 2017, Figure 1(c)). None of a single network.
 */
export function networkComparisons(
  directory: ResultsDirectory,
  experiment: Experiment,
  images: readonly string[],
): Picture[] {
  if (experiment.networks.length < 2) return [];
  return images.map((image) => {
    const file = `heatmaps/${imageStem(image)}.png`;
    return {
      files: [file],
      async write() {
        const picture = await comparisonOf(directory.heatmaps, experiment, image);
        if (picture) await writeAtomic(directory.file(file), picture);
      },
    };
  });
}

async function comparisonOf(
  heatmaps: string,
  { networks, methods, composites }: Experiment,
  image: string,
): Promise<Buffer | undefined> {
  const subject = await readKeptPicture(join(heatmaps, `${imageStem(image)}.image.png`));
  if (!subject) return undefined;
  const rows = methods.map((method) => ({
    label: method,
    subject,
    maps: networks.map(({ name }) => {
      const file = `${heatmapStem(heatmapFolder(heatmaps, name, true), imageStem(image), method)}.image.npy`;
      const values = readKeptMap(file, { rows: IMAGE_GRID, columns: IMAGE_GRID });
      if (!values) return undefined;
      const { signed } = resolveMethod(method, composites);
      return { values, rows: IMAGE_GRID, columns: IMAGE_GRID, signed };
    }),
  }));
  const columns = networks.map(({ name }) => name);
  return comparisonPicture({ columns, rows, title: image, scale: 'row', ratio: 1 });
}
