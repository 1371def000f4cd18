import { basename, join } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../errors.js';
import { type Called, IMAGES } from '../input/called.js';
import { classFinder } from './classes.js';
import { listFlat } from './flat.js';
import { type Catalogue, common, type Entry, type Kind, labels } from './kind.js';
import { loadClasses } from './labels.js';
import { byStem, type LeftOut, type Listing, list, listImages } from './layout.js';

const folderSchema = z.strictObject({ type: z.literal('folder'), labels: labels.optional(), ...common });

/** Images in a plain folder, or in a folder per class. */
export const folder: Kind<typeof folderSchema> = {
  schema: folderSchema,
  called: IMAGES,
  list: listFolder,
  expected: `<name>.jpg ...            images in one folder, with an optional labels.csv ("id,label", one line an image); or
<class>/<name>.jpg ...    a folder per class`,
};

/** Of arrays nobody knows what their sides are. */
const ARRAYS: Called = {
  ...IMAGES,
  sample: 'array',
  samples: 'arrays',
  square: (side) => `side ${side}`,
  place: 'place',
};

const tensorsSchema = z.strictObject({ type: z.literal('tensors'), labels: labels.optional(), ...common });

/** Arrays, each a network input. */
export const tensors: Kind<typeof tensorsSchema> = {
  schema: tensorsSchema,
  called: ARRAYS,
  list: listTensors,
  expected: `<name>.npy ...    network inputs, C x H x W, C x length or features
labels.csv        optional: "id,label", one line an array`,
};

/**
 * Images in a plain folder, or in a folder per class. Folders without images are no classes. Class folders are sorted
 * by name, or found among `labels`. A plain folder of images takes labels from an optional labels.csv (see
 * {@link listTensors}).
 */
function listFolder({ root, labels }: z.output<typeof folderSchema>): Catalogue {
  const { files, folders, leftOut } = listImages(root);
  if (files.length > 0) {
    const ignored = folders.map((name) => ({ path: join(root, name), reason: 'a folder beside images' }));
    return listFlat(root, files, labels, [...leftOut, ...ignored]);
  }
  const listings = folders.map((name) => ({ name, ...listImages(join(root, name)) }));
  const named = listings.filter((one) => one.files.length > 0);
  if (named.length === 0) throw new InputError(`no images in ${root}, nor in folders of classes in it`);
  const own = named.map(({ name }) => name);
  const classes = labels === undefined ? { keys: own, names: own } : loadClasses(labels);
  const find = classFinder(classes);
  return {
    classes,
    ...(labels === undefined && { alphabetical: true }),
    entries: named.flatMap(({ name, files }): Entry[] => {
      const folder = join(root, name);
      const label = labels === undefined ? own.indexOf(name) : classOfFolder(folder, find(name), labels);
      return [...byStem(files, folder)].map(([stem, file]) => ({
        id: idOf(name, stem),
        path: join(folder, file),
        labels: [label],
      }));
    }),
    missing: [],
    unlabelled: [],
    leftOut: [...leftOut, ...listings.flatMap((listing) => unusedOf(root, listing))].filter(
      ({ path }) => path !== labels,
    ),
  };
}

function classOfFolder(folder: string, found: readonly number[], labels: string): number {
  const [label] = found;
  if (label !== undefined && found.length === 1) return label;
  throw mismatch({
    what: 'class folder',
    where: folder,
    expected: `one of the classes of ${labels}`,
    got:
      found.length === 0 ? basename(folder) : `${basename(folder)}, which may be class ${found.join(' or ')}`,
  });
}

/**
 * Two underscores end the class: those in its own name are written so that no two images get one id (`boat__x/y` is not
 * `boat/x__y`).
 */
function idOf(folder: string, stem: string): string {
  return `${folder.replace(/%(?=5F)/g, '%25').replace(/_(?=_|$)/g, '%5F')}__${stem}`;
}

/** What is in a folder of a class and is no image of it; all of it where there is no image. */
function unusedOf(root: string, { name, files, folders, leftOut }: Listing & { name: string }): LeftOut[] {
  const folder = join(root, name);
  if (files.length === 0) return [{ path: folder, reason: 'a folder without images' }];
  return [
    ...leftOut,
    ...folders.map((inner) => ({ path: join(folder, inner), reason: 'a folder inside a class folder' })),
  ];
}

/**
 * Arrays in .npy files, each a network input: C x H x W, C x length or features. Labels come from an optional
 * labels.csv with the header `id,label`, a line a file: its name without .npy and a class index, or a class of `labels`.
 */
function listTensors({ root, labels }: z.output<typeof tensorsSchema>): Catalogue {
  const { files, folders, leftOut } = list(root, /\.npy$/i);
  if (files.length === 0) throw new InputError(`no .npy files in ${root}`);
  const ignored = folders.map((name) => ({ path: join(root, name), reason: 'a folder beside arrays' }));
  return listFlat(root, files, labels, [...leftOut, ...ignored]);
}
