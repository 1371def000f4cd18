import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../errors.js';
import { IMAGES } from '../input/called.js';
import { readBoxes } from './boxes.js';
import { type Catalogue, common, type Kind } from './kind.js';
import { devkitSynsets, loadClasses } from './labels.js';
import {
  byStem,
  type FindId,
  findPart,
  idFinder,
  isFileName,
  type LeftOut,
  list,
  listImages,
  missingPart,
  needPart,
  type Part,
  readLines,
} from './layout.js';

const schema = z.strictObject({ type: z.literal('ilsvrc2012'), ...common });

/** The validation set of ILSVRC2012. */
export const ilsvrc2012: Kind<typeof schema> = {
  schema,
  called: IMAGES,
  list: listIlsvrc2012,
  boxes: async ({ path, annotation }, keys) =>
    annotation === undefined ? [] : readBoxes(path, annotation, { firstPixel: 0, keys }),
  parts: ({ root }) => [{ root, parts: [PARTS.labels, PARTS.annotations], missing: 'warning' }],
  expected: `val/ILSVRC2012_val_00000001.JPEG ...      images: ILSVRC2012_img_val.tar, unpacked into val/
LOC_val_solution.csv                      labels: from Kaggle's "ImageNet Object Localization Challenge"; or
ILSVRC2012_validation_ground_truth.txt    labels: from data/ in ILSVRC2012_devkit_t12.tar.gz
Annotations/val/ILSVRC2012_val_00000001.xml ...  boxes: ILSVRC2012_bbox_val_v3.tgz, unpacked into Annotations/
Instead of flat, val/ may hold one folder per synset (val/n01440764/...), which needs no labels file. Kaggle's own
layout (ILSVRC/Data/CLS-LOC/val, ILSVRC/Annotations/CLS-LOC/val) is understood as it is. The images need a licence of
your own: register at https://image-net.org, or accept the competition's terms on Kaggle.`,
};

const VALIDATION_IMAGES = 50_000;
const DEVKIT_FILE = 'ILSVRC2012_validation_ground_truth.txt';

/** Where the parts of ILSVRC2012 lie: our own layout, Kaggle's, the original archives', or the root itself. */
const PARTS = {
  images: {
    name: 'validation images',
    places: ['val', 'ILSVRC/Data/CLS-LOC/val', 'Data/CLS-LOC/val', 'ILSVRC2012_img_val', '.'],
    purpose: 'everything',
  },
  labels: {
    name: 'labels',
    places: [
      'LOC_val_solution.csv',
      DEVKIT_FILE,
      `data/${DEVKIT_FILE}`,
      `ILSVRC2012_devkit_t12/data/${DEVKIT_FILE}`,
    ],
    purpose: 'the true class of images that lie in one flat folder',
  },
  annotations: {
    name: 'annotations',
    places: [
      'Annotations/val',
      'ILSVRC/Annotations/CLS-LOC/val',
      'Annotations/CLS-LOC/val',
      'ILSVRC2012_bbox_val_v3/val',
    ],
    purpose: 'box metrics',
  },
} satisfies Record<string, Part>;

/**
 * The validation set of ILSVRC2012: images in one flat folder, labelled by LOC_val_solution.csv or else the devkit's
 * ground truth file, or in a folder per synset. Class indices follow sorted synsets, as in every published network.
 */
function listIlsvrc2012({ root }: z.output<typeof schema>): Catalogue {
  const classes = loadClasses('ilsvrc2012');
  const classOf = new Map(classes.keys.map((synset, index) => [synset, index]));
  const folder = needPart(root, PARTS.images);
  const images = locateImages(folder);
  const labels = images.bySynset
    ? new Map<string, string>()
    : readLabels(root, idFinder(images.paths.keys()));
  const annotations = annotationsIn(findPart(root, PARTS.annotations));

  const entries: Catalogue['entries'] = [];
  const unlabelled: string[] = [];
  for (const [id, path] of images.paths) {
    const synset = images.bySynset?.get(id) ?? labels.get(id);
    const label = synset === undefined ? undefined : classOf.get(synset);
    const annotation = annotations.get(id);
    if (label === undefined) unlabelled.push(id);
    else entries.push({ id, path, labels: [label], ...(annotation !== undefined && { annotation }) });
  }
  return {
    classes,
    entries,
    missing: [...labels.keys()].filter((id) => !images.paths.has(id)).sort(),
    unlabelled,
    // Beside images in the root itself lie the other parts of the data set.
    leftOut: folder === root ? [] : images.leftOut,
  };
}

interface Images {
  paths: Map<string, string>;
  /** Synset by image id, when images lie in a folder per synset. */
  bySynset?: Map<string, string>;
  leftOut: LeftOut[];
}

function locateImages(folder: string): Images {
  const { files, folders, leftOut } = listImages(folder);
  const synsets = folders.filter((name) => /^n\d{8}$/.test(name));
  const others = (names: readonly string[], reason: string) =>
    names.map((name) => ({ path: join(folder, name), reason }));
  if (files.length > 0 || synsets.length === 0) {
    if (files.length === 0)
      throw new InputError(
        `no images in ${folder}: expected files like ILSVRC2012_val_00000001.JPEG or folders like n01440764`,
      );
    const paths = new Map([...byStem(files, folder)].map(([id, file]) => [id, join(folder, file)]));
    return { paths, leftOut: [...leftOut, ...others(folders, 'a folder beside images')] };
  }
  const foreign = others(
    folders.filter((name) => !synsets.includes(name)),
    'a folder that is no synset',
  );
  return { ...imagesBySynset(folder, synsets), leftOut: [...leftOut, ...foreign] };
}

function imagesBySynset(folder: string, synsets: readonly string[]): Omit<Images, 'leftOut'> {
  const paths = new Map<string, string>();
  const bySynset = new Map<string, string>();
  for (const synset of synsets) {
    for (const [id, file] of byStem(listImages(join(folder, synset)).files, join(folder, synset))) {
      if (paths.has(id))
        throw new InputError(`image ${id} lies in two synset folders: ${bySynset.get(id)} and ${synset}`);
      paths.set(id, join(folder, synset, file));
      bySynset.set(id, synset);
    }
  }
  return { paths, bySynset };
}

/** Synset by image id. */
function readLabels(root: string, findId: FindId): Map<string, string> {
  const path = findPart(root, PARTS.labels);
  if (path === undefined) throw new InputError(missingPart(root, PARTS.labels));
  return basename(path) === DEVKIT_FILE ? readGroundTruth(path) : readSolution(path, findId);
}

/**
 * Kaggle's LOC_val_solution.csv: `ILSVRC2012_val_00000001,n01751748 x1 y1 x2 y2 n01751748 ...`, a synset and a box for
 * every object, all objects of an image being of its one class.
 */
function readSolution(path: string, findId: FindId): Map<string, string> {
  const labels = new Map<string, string>();
  const [header, ...lines] = readLines(path);
  if (header !== 'ImageId,PredictionString') {
    throw mismatch({
      what: 'labels',
      where: path,
      expected: "a first line 'ImageId,PredictionString'",
      got: `'${header?.slice(0, 80) ?? ''}'`,
    });
  }
  lines.forEach((line, i) => {
    const wrong = (expected: string, got: string) =>
      mismatch({ what: 'labels', where: `${path}, line ${i + 2}`, expected, got });
    const [, listed, objects = ''] = /^([^,]+),(n\d{8}(?:\s.*)?)$/.exec(line) ?? [];
    if (listed === undefined || !isFileName(listed))
      throw wrong('an image id, a comma and a synset', `'${line.slice(0, 80)}'`);
    const id = findId(listed) ?? listed;
    const synsets = new Set([labels.get(id) ?? [], objects.match(/n\d{8}/g) ?? []].flat());
    if (synsets.size !== 1) throw wrong(`one class for image ${id}`, [...synsets].join(' and '));
    labels.set(id, [...synsets][0] as string);
  });
  return labels;
}

/** The devkit's file: line i is the ILSVRC2012_ID (1 to 1000, in the devkit's own order of classes) of validation image i. */
function readGroundTruth(path: string): Map<string, string> {
  const synsets = devkitSynsets();
  const lines = readLines(path);
  if (lines.length !== VALIDATION_IMAGES) {
    throw mismatch({
      what: 'labels',
      where: path,
      expected: `${VALIDATION_IMAGES} lines`,
      got: `${lines.length}`,
    });
  }
  return new Map(
    lines.map((line, i) => {
      const synset = /^\d{1,4}$/.test(line) ? synsets[Number(line) - 1] : undefined;
      if (synset === undefined) {
        throw mismatch({
          what: 'labels',
          where: `${path}, line ${i + 1}`,
          expected: 'an ILSVRC2012_ID from 1 to 1000',
          got: `'${line.slice(0, 80)}'`,
        });
      }
      return [`ILSVRC2012_val_${String(i + 1).padStart(8, '0')}`, synset];
    }),
  );
}

/** Annotation paths by image id. */
function annotationsIn(folder: string | undefined): Map<string, string> {
  if (folder === undefined) return new Map();
  const { files } = list(folder, /\.xml$/);
  return new Map(files.map((file) => [file.slice(0, -extname(file).length), join(folder, file)]));
}
