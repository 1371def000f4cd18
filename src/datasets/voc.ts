import { basename, join } from 'node:path';
import { InputError, mismatch } from '../errors.js';
import { readAnnotationOf, readBoxes } from './boxes.js';
import type { ConfigOf } from './config.js';
import type { Catalogue } from './dataset.js';
import { loadClasses } from './labels.js';
import { byStem, list, listImages, needPart, type Part, readLines } from './layout.js';

/** The parts of one year of PASCAL VOC's devkit. */
export function vocParts(split: string) {
  return {
    images: { name: 'images', places: ['JPEGImages'], purpose: 'everything' },
    annotations: { name: 'annotations', places: ['Annotations'], purpose: 'classes and boxes' },
    split: {
      name: `list of the split '${split}'`,
      places: [`ImageSets/Main/${split}.txt`],
      purpose: 'knowing which images belong to it',
    },
  } satisfies Record<string, Part>;
}

/**
 * One split of PASCAL VOC in the devkit's layout, or of any data set in that layout whose classes `labels` names.
 * A split of one class (`aeroplane_test`) keeps the images marked 1: neither those without the class (-1) nor those
 * with difficult instances only (0). A sample's labels are the classes of all its objects, difficult ones included.
 */
export function listVoc(config: ConfigOf<'voc'>): Catalogue {
  const root = vocRoot(config);
  const parts = vocParts(config.split);
  const folder = needPart(root, parts.images);
  const annotations = needPart(root, parts.annotations);
  const ids = readSplit(needPart(root, parts.split));
  const { keys, names } = loadClasses(config.labels);

  const images = byStem(listImages(folder).files, folder);
  const annotated = new Set(list(annotations, /\.xml$/).files);
  const entries: Catalogue['entries'] = [];
  const missing: string[] = [];
  const unlabelled: string[] = [];
  for (const id of ids) {
    const image = images.get(id);
    const annotation = join(annotations, `${id}.xml`);
    if (image === undefined) missing.push(id);
    else if (!annotated.has(`${id}.xml`)) unlabelled.push(id);
    else
      entries.push({
        id,
        path: join(folder, image),
        annotation,
        labels: () => labelsOf(id, annotation, keys),
      });
  }
  return {
    classes: names,
    entries,
    missing,
    unlabelled,
    boxes: ({ id, path, annotation }) => readBoxes(path, annotation as string, id, { firstPixel: 1, keys }),
  };
}

/** The folder with JPEGImages: the root itself, or VOC<year> in it. */
export function vocRoot({ root, year }: ConfigOf<'voc'>): string {
  const { folders } = listImages(root);
  if (folders.includes('JPEGImages')) {
    const own = /^VOC(\d{4})$/.exec(basename(root))?.[1];
    if (year === undefined || own === undefined || own === String(year)) return root;
    throw mismatch({ what: 'year of PASCAL VOC', where: root, expected: own, got: String(year) });
  }
  const years = folders.filter((name) => /^VOC\d{4}$/.test(name));
  const wanted = year === undefined ? years : years.filter((name) => name === `VOC${year}`);
  if (wanted.length === 1) return join(root, wanted[0] as string);
  throw mismatch({
    what: 'PASCAL VOC',
    where: root,
    expected:
      year === undefined
        ? 'JPEGImages, or a single VOC<year> folder (else name the year)'
        : `a folder VOC${year}`,
    got: years.join(', ') || basename(root),
  });
}

function readSplit(path: string): string[] {
  const ids = new Set<string>();
  readLines(path).forEach((line, i) => {
    const match = /^([\w.-]+)(?:\s+(-1|0|1))?$/.exec(line);
    if (!match) {
      throw mismatch({
        what: 'image list',
        where: `${path}, line ${i + 1}`,
        expected: 'an image id, and 1, 0 or -1 for one class',
        got: `'${line.slice(0, 80)}'`,
      });
    }
    if (match[2] === undefined || match[2] === '1') ids.add(match[1] as string);
  });
  return [...ids];
}

function labelsOf(id: string, annotation: string, keys: readonly string[]): number[] {
  const labels = new Set<number>();
  for (const { name } of readAnnotationOf(id, annotation).objects) {
    const label = keys.indexOf(name);
    if (label < 0) throw new InputError(`annotation (${annotation}): unknown class '${name}'`);
    labels.add(label);
  }
  return [...labels].sort((a, b) => a - b);
}
