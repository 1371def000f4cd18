import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../errors.js';
import { IMAGES } from '../input/called.js';
import { labelOf, readAnnotationOf, readBoxes } from './boxes.js';
import { type Catalogue, common, type Kind, labels } from './kind.js';
import { loadClasses } from './labels.js';
import {
  byStem,
  type FindId,
  idFinder,
  isFileName,
  list,
  listImages,
  needPart,
  type Part,
  readLines,
} from './layout.js';
import type { Sample } from './sample.js';

const year = z.int().min(2005).max(2100);

const schema = z.strictObject({
  type: z.literal('voc'),
  year: z
    .union([year, z.array(year).min(1)])
    .optional()
    .describe('which VOC<year> folder, or several of them as one data set; needed when there are several'),
  split: z
    .string()
    .regex(/^[\w-]+$/, 'a name in ImageSets/Main, without .txt')
    .default('test')
    .describe('list in ImageSets/Main: test, val..., or one class only: aeroplane_test'),
  labels: labels.default('voc'),
  averagePrecision: z
    .enum(['area', 'eleven-point'])
    .optional()
    .describe(
      'area under the precision-recall curve (VOC 2010 and later), or VOC 2007’s mean over 11 recalls; default: area',
    ),
  ...common,
});

type VocConfig = z.output<typeof schema>;

/** PASCAL VOC, or any data set in its layout. */
export const voc: Kind<typeof schema> = {
  schema,
  called: IMAGES,
  list: listVoc,
  boxes: ({ path, annotation }, keys) => readBoxes(path, annotation as string, { firstPixel: 1, keys }),
  severalClasses: true,
  parts: (config) =>
    vocRoots(config).map((root) => ({ root, parts: Object.values(vocParts(config.split)), missing: 'bad' })),
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
 * One split of PASCAL VOC in the devkit's layout, of one year or several, or of any data set in that layout whose
 * classes `labels` names. A split of one class (`aeroplane_test`) keeps the images marked 1: neither those without the
 * class (-1) nor those with difficult instances only (0). A sample's labels are the classes of all its objects,
 * difficult ones included.
 */
function listVoc(config: VocConfig): Catalogue {
  const classes = loadClasses(config.labels);
  const years = vocRoots(config).map((root) => listYear(root, config.split, classes.keys));
  const entries = years.flatMap((year) => year.entries);
  refuseTwice(entries);
  return {
    classes,
    entries,
    missing: years.flatMap((year) => year.missing),
    unlabelled: years.flatMap((year) => year.unlabelled),
    leftOut: years.flatMap((year) => year.leftOut),
  };
}

function listYear(root: string, split: string, keys: readonly string[]): Omit<Catalogue, 'classes'> {
  const parts = vocParts(split);
  const folder = needPart(root, parts.images);
  const annotations = needPart(root, parts.annotations);
  const { files, leftOut } = listImages(folder);
  const images = byStem(files, folder);
  const findImage = idFinder(images.keys());
  const findAnnotation = idFinder(
    list(annotations, /\.xml$/).files.map((file) => file.replace(/\.xml$/, '')),
  );
  const entries: Catalogue['entries'] = [];
  const missing: string[] = [];
  const unlabelled: string[] = [];
  for (const listed of readSplit(needPart(root, parts.split), findImage)) {
    const id = findImage(listed);
    const annotation = id === undefined ? undefined : findAnnotation(id);
    if (id === undefined) missing.push(listed);
    else if (annotation === undefined) unlabelled.push(id);
    else {
      const path = join(folder, images.get(id) as string);
      const xml = join(annotations, `${annotation}.xml`);
      const segmentation = segmentationOf(root, id);
      entries.push({
        id,
        path,
        annotation: xml,
        ...(segmentation && { segmentation }),
        labels: () => labelsOf(path, xml, keys),
      });
    }
  }
  return { entries, missing, unlabelled, leftOut };
}

/** The masks of an image: VOC has them for a part of its images. */
function segmentationOf(root: string, id: string): Sample['segmentation'] {
  const [classes, objects] = ['SegmentationClass', 'SegmentationObject'].map((folder) =>
    join(root, folder, `${id}.png`),
  ) as [string, string];
  if (!existsSync(classes)) return undefined;
  return { classes, ...(existsSync(objects) && { objects }) };
}

/** Later years hold images of earlier ones: none may count twice. */
function refuseTwice(entries: Catalogue['entries']): void {
  const paths = new Map<string, string>();
  for (const { id, path } of entries) {
    const other = paths.get(id);
    if (other !== undefined) throw new InputError(`image ${id} lies in two years: ${other} and ${path}`);
    paths.set(id, path);
  }
}

/** The folders with JPEGImages: the root itself, or VOC<year> in it. */
function vocRoots({ root, year }: VocConfig): string[] {
  const asked = year === undefined ? undefined : [...new Set([year].flat())];
  const { folders } = listImages(root);
  if (folders.includes('JPEGImages')) {
    const own = /^VOC(\d{4})$/.exec(basename(root))?.[1];
    if (asked === undefined || (asked.length === 1 && (own === undefined || own === String(asked[0]))))
      return [root];
    throw mismatch({
      what: 'year of PASCAL VOC',
      where: root,
      expected: own ?? 'one year',
      got: asked.join(', '),
    });
  }
  const years = folders.filter((name) => /^VOC\d{4}$/.test(name));
  const wanted = asked?.map((one) => `VOC${one}`) ?? years;
  if (wanted.every((name) => years.includes(name)) && (asked !== undefined || wanted.length === 1))
    return wanted.map((name) => join(root, name));
  throw mismatch({
    what: 'PASCAL VOC',
    where: root,
    expected:
      asked === undefined
        ? 'JPEGImages, or a single VOC<year> folder (else name the year)'
        : `a folder ${wanted.join(' and ')}`,
    got: years.join(', ') || basename(root),
  });
}

/** The ids that a list holds: one a line or, of one class, with 1, 0 or -1 behind it, of which 1 counts. */
function readSplit(path: string, findImage: FindId): string[] {
  const marks = new Map<string, string>();
  readLines(path).forEach((line, i) => {
    const wrong = (expected: string) =>
      mismatch({
        what: 'image list',
        where: `${path}, line ${i + 1}`,
        expected,
        got: `'${line.slice(0, 80)}'`,
      });
    const [id, mark] = splitMark(line, findImage);
    if (!isFileName(id) || !MARKS.includes(mark)) throw wrong('an image id, and 1, 0 or -1 for one class');
    if ((marks.get(id) ?? mark) !== mark) throw wrong(`image ${id} marked ${marks.get(id)}, as before`);
    marks.set(id, mark);
  });
  return [...marks].flatMap(([id, mark]) => (mark === '1' ? [id] : []));
}

const MARKS = ['1', '0', '-1'];

/** An id and the mark behind it, 1 where there is none: an id may have spaces in it, and numbers behind them. */
function splitMark(line: string, findImage: FindId): [id: string, mark: string] {
  const [, id = line, mark = '1'] = /^(.*\S)\s+(\S+)$/.exec(line) ?? [];
  const marked = findImage(line) === undefined && (findImage(id) !== undefined || MARKS.includes(mark));
  return marked ? [id, mark] : [line, '1'];
}

/** The classes of an image's objects, and those of which every object is difficult. */
function labelsOf(
  image: string,
  annotation: string,
  keys: readonly string[],
): Pick<Sample, 'labels' | 'difficult'> {
  const objects = readAnnotationOf(image, annotation).objects.map(({ name, difficult }) => ({
    label: labelOf(name, keys, annotation),
    difficult,
  }));
  const labels = [...new Set(objects.map(({ label }) => label))].sort((a, b) => a - b);
  const clear = new Set(objects.flatMap(({ label, difficult }) => (difficult ? [] : [label])));
  const difficult = labels.filter((label) => !clear.has(label));
  return { labels, ...(difficult.length > 0 && { difficult }) };
}
