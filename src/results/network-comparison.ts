import { join } from 'node:path';
import { IMAGE_GRID } from '../datasets/image-coordinates.js';
import { heatmapFolder, heatmapStem, imageStem } from '../evaluation/heatmaps.js';
import type { UnitResult } from '../evaluation/unit.js';
import type { Experiment } from '../experiment/config.js';
import { resolveMethod } from '../explain/methods.js';
import { writeAtomic } from '../files/atomic.js';
import { comparisonPicture } from '../report/pictures.js';
import type { ResultsDirectory } from './directory.js';
import { readKeptMap, readKeptPicture } from './kept.js';
import type { Picture } from './pictures.js';
import { shownClass } from './report-gallery.js';

/**
 * For every image whose heatmaps were kept, `heatmaps/<image>.png`: the image and each network's heatmap, a row a method,
 * all of a row on one colour scale (Samek et al. 2017, Figure 1(c)). Every network is named with the class that is
 * explained. None of a single network.
 */
export async function networkComparisons(
  directory: ResultsDirectory,
  experiment: Experiment,
  images: readonly string[],
  units: AsyncIterable<UnitResult>,
): Promise<Picture[]> {
  if (experiment.networks.length < 2) return [];
  const explained = await explainedClasses(units);
  return images.map((image) => {
    const file = `heatmaps/${imageStem(image)}.png`;
    return {
      files: [file],
      async write() {
        const picture = await comparisonOf(directory.heatmaps, experiment, image, explained.get(image));
        if (picture) await writeAtomic(directory.file(file), picture);
      },
    };
  });
}

async function comparisonOf(
  heatmaps: string,
  { networks, methods, composites }: Experiment,
  image: string,
  explained: ReadonlyMap<string, string> | undefined,
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
  const columns = networks.map(({ name }) => `${name}: ${explained?.get(name) ?? 'no class'}`);
  return comparisonPicture({ columns, rows, title: image, scale: 'row', ratio: 1 });
}

/** The class that is shown of every image, by image and network. */
async function explainedClasses(units: AsyncIterable<UnitResult>): Promise<Map<string, Map<string, string>>> {
  const found = new Map<string, Map<string, string>>();
  for await (const unit of units) {
    if (unit.status !== 'done') continue;
    const ofImage = found.get(unit.image) ?? new Map<string, string>();
    found.set(unit.image, ofImage.set(unit.network, shownClass(unit)));
  }
  return found;
}
