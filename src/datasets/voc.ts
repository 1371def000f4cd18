import { basename, join } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../errors.js';
import { readAnnotationOf, readBoxes } from './boxes.js';
import { type Catalogue, common, type Kind, labels } from './kind.js';
import { loadClasses } from './labels.js';
import { byStem, list, listImages, needPart, type Part, readLines } from './layout.js';

const schema = z.strictObject({
  type: z.literal('voc'),
  year: z
    .int()
    .min(2005)
    .max(2100)
    .optional()
    .describe('which VOC<year> folder; needed when there are several'),
  split: z
    .string()
    .regex(/^[\w-]+$/, 'a name in ImageSets/Main, without .txt')
    .default('test')
    .describe('list in ImageSets/Main: test, val..., or one class only: aeroplane_test'),
  labels: labels.default('voc'),
  ...common,
});

type VocConfig = z.output<typeof schema>;

/** PASCAL VOC, or any data set in its layout. */
export const voc: Kind<typeof schema> = {
  schema,
  list: listVoc,
  boxes: ({ id, path, annotation }, keys) =>
    readBoxes(path, annotation as string, id, { firstPixel: 1, keys }),
  severalClasses: true,
  parts: (config) => ({
    root: vocRoot(config),
    parts: Object.values(vocParts(config.split)),
    missing: 'bad',
  }),
  expected: `VOC2007/JPEGImages/000001.jpg ...      images
VOC2007/Annotations/000001.xml ...     classes and boxes
VOC2007/ImageSets/Main/test.txt        which images belong to the split
All three lie in VOCtest_06-Nov-2007.tar (2007 test; heatproof fetch voc2007 gets it) and VOCtrainval_11-May-2012.tar
(2012 trainval) of https://thor.robots.ox.ac.uk/pascal/VOC/. root is VOCdevkit, which holds VOC2007 and VOC2012, or one of these itself.`,
};

/** The parts of one year of PASCAL VOC's devkit. */
function vocParts(split: string) {
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
function listVoc(config: VocConfig): Catalogue {
  const root = vocRoot(config);
  const parts = vocParts(config.split);
  const folder = needPart(root, parts.images);
  const annotations = needPart(root, parts.annotations);
  const ids = readSplit(needPart(root, parts.split));
  const classes = loadClasses(config.labels);

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
        labels: () => labelsOf(id, annotation, classes.keys),
      });
  }
  return { classes, entries, missing, unlabelled };
}

/** The folder with JPEGImages: the root itself, or VOC<year> in it. */
function vocRoot({ root, year }: VocConfig): string {
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
