import { mismatch } from '../errors.js';
import type { OpenExperiment } from '../experiment/open.js';
import { takenForOne } from '../files/taken-for-one.js';

/** @throws InputError where two names of a kind that results are named after would share files in a folder */
export async function checkNames(
  { experiment: { heatmaps, methods, networks }, dataset: { samples, classes } }: OpenExperiment,
  folder: string,
): Promise<void> {
  const kinds = {
    methods,
    networks: networks.map(({ name }) => name),
    classes: heatmaps > 0 ? classes : [],
    images: heatmaps > 0 ? samples.map(({ id }) => id) : [],
  };
  for (const [kind, names] of Object.entries(kinds)) {
    const pair = await takenForOne(folder, names);
    if (!pair) continue;
    throw mismatch({
      what: `names of ${kind}`,
      where: folder,
      expected: 'names that its file system tells apart',
      got: pair.map((name) => `'${name}'`).join(' and '),
    });
  }
}
