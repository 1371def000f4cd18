import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../errors.js';
import { type Catalogue, common, type Entry, type Kind, labels } from './kind.js';
import { loadClasses } from './labels.js';
import { byStem, list, listImages, readLines } from './layout.js';

const folderSchema = z.strictObject({ type: z.literal('folder'), labels: labels.optional(), ...common });

/** Images in a plain folder, or in a folder per class. */
export const folder: Kind<typeof folderSchema> = {
  schema: folderSchema,
  list: listFolder,
  expected: `<name>.jpg ...            images in one folder, with an optional labels.csv ("id,label", one line an image); or
<class>/<name>.jpg ...    a folder per class`,
};

const tensorsSchema = z.strictObject({ type: z.literal('tensors'), labels: labels.optional(), ...common });

/** Arrays, each a network input. */
export const tensors: Kind<typeof tensorsSchema> = {
  schema: tensorsSchema,
  list: listTensors,
  expected: `<name>.npy ...    network inputs, C x H x W, C x length or features
labels.csv        optional: "id,label", one line an array`,
};

/**
 * Images in a plain folder, or in a folder per class. Class folders are sorted by name, or found among `labels`.
 * A plain folder of images takes labels from an optional labels.csv (see {@link listTensors}).
 */
function listFolder({ root, labels }: z.output<typeof folderSchema>): Catalogue {
  const { files, folders } = listImages(root);
  if (files.length > 0) return listFlat(root, files, labels);
  const classes = labels === undefined ? { keys: folders, names: folders } : loadClasses(labels);
  const entries: Entry[] = folders.flatMap((name) => {
    const images = byStem(listImages(join(root, name)).files, join(root, name));
    const label = classes.keys.indexOf(name);
    if (images.size > 0 && label < 0) {
      throw mismatch({
        what: 'class folder',
        where: join(root, name),
        expected: `one of the classes of ${labels}`,
        got: name,
      });
    }
    return [...images].map(([id, file]) => ({
      id: `${name}__${id}`,
      path: join(root, name, file),
      labels: [label],
    }));
  });
  if (entries.length === 0) throw new InputError(`no images in ${root}, nor in folders of classes in it`);
  return { classes, entries, missing: [], unlabelled: [] };
}

/**
 * Arrays in .npy files, each a network input: C x H x W, C x length or features. Labels come from an optional
 * labels.csv with the header `id,label`, a line a file: its name without .npy and a class index, or a class of `labels`.
 */
function listTensors({ root, labels }: z.output<typeof tensorsSchema>): Catalogue {
  const { files } = list(root, /\.npy$/i);
  if (files.length === 0) throw new InputError(`no .npy files in ${root}`);
  return listFlat(root, files, labels);
}

function listFlat(root: string, files: readonly string[], source: string | undefined): Catalogue {
  const classes = source === undefined ? undefined : loadClasses(source);
  const csv = join(root, 'labels.csv');
  const labels = existsSync(csv) ? readLabelsCsv(csv, classes?.keys) : undefined;
  const paths = byStem(files, root);
  return {
    classes: classes ?? { keys: [], names: [] },
    entries: [...paths].map(([id, file]) => {
      const label = labels?.get(id);
      return { id, path: join(root, file), labels: label === undefined ? [] : [label] };
    }),
    missing: labels ? [...labels.keys()].filter((id) => !paths.has(id)).sort() : [],
    unlabelled: labels ? [...paths.keys()].filter((id) => !labels.has(id)) : [],
  };
}

function readLabelsCsv(path: string, keys: readonly string[] | undefined): Map<string, number> {
  const [header, ...lines] = readLines(path);
  if (header !== 'id,label') {
    throw mismatch({
      what: 'labels',
      where: path,
      expected: "a first line 'id,label'",
      got: `'${header?.slice(0, 80) ?? ''}'`,
    });
  }
  const labels = new Map<string, number>();
  lines.forEach((line, i) => {
    const [id, name] = splitAtLast(line, ',');
    const label = keys?.includes(name)
      ? keys.indexOf(name)
      : /^\d{1,9}$/.test(name)
        ? Number(name)
        : undefined;
    if (id === '' || label === undefined || labels.has(id)) {
      throw mismatch({
        what: 'labels',
        where: `${path}, line ${i + 2}`,
        expected: `a new id and a class ${keys ? 'name or ' : ''}index`,
        got: `'${line.slice(0, 80)}'`,
      });
    }
    labels.set(id, label);
  });
  return labels;
}

function splitAtLast(line: string, separator: string): [string, string] {
  const at = line.lastIndexOf(separator);
  return [line.slice(0, Math.max(at, 0)), line.slice(at + 1)];
}
