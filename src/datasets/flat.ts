import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mismatch } from '../errors.js';
import { type Classes, classFinder } from './classes.js';
import type { Catalogue } from './kind.js';
import { loadClasses } from './labels.js';
import { byStem, type FindId, idFinder, type LeftOut, readLines } from './layout.js';

/**
 * Files of one folder, each a sample. Labels come from an optional labels.csv with the header `id,label`, a line a file:
 * its name, with or without ending, and a class index, or a class of `source`.
 */
export function listFlat(
  root: string,
  files: readonly string[],
  source: string | undefined,
  leftOut: readonly LeftOut[],
): Catalogue {
  const classes = source === undefined ? undefined : loadClasses(source);
  const paths = byStem(files, root);
  const csv = join(root, 'labels.csv');
  const labels = existsSync(csv) ? readLabelsCsv(csv, classes, idFinder(paths.keys())) : undefined;
  return {
    classes: classes ?? { keys: [], names: [] },
    entries: [...paths].map(([id, file]) => {
      const label = labels?.get(id);
      return { id, path: join(root, file), labels: label === undefined ? [] : [label] };
    }),
    missing: labels ? [...labels.keys()].filter((id) => !paths.has(id)).sort() : [],
    unlabelled: labels ? [...paths.keys()].filter((id) => !labels.has(id)) : [],
    leftOut: leftOut.filter(({ path }) => path !== csv && path !== source),
  };
}

/** Finds what a label means: a class by its name or else by its index; several where that is not clear. */
export function labelFinder(classes: Classes | undefined): (label: string) => readonly number[] {
  const find = classFinder(classes ?? { keys: [], names: [] });
  const count = classes?.keys.length ?? Number.POSITIVE_INFINITY;
  return (label) => {
    const found = find(label);
    if (found.length > 0) return found;
    return /^\d{1,9}$/.test(label) && Number(label) < count ? [Number(label)] : [];
  };
}

/** Class indices by id. */
function readLabelsCsv(path: string, classes: Classes | undefined, findId: FindId): Map<string, number> {
  const [header, ...lines] = readLines(path);
  if (header !== 'id,label') {
    throw mismatch({
      what: 'labels',
      where: path,
      expected: "a first line 'id,label'",
      got: `'${header?.slice(0, 80) ?? ''}'`,
    });
  }
  const find = labelFinder(classes);
  const labels = new Map<string, number>();
  lines.forEach((line, i) => {
    const [listed, name] = splitAtLast(line, ',');
    const id = findId(listed) ?? listed;
    const found = find(name);
    const [label, other] = found;
    if (id === '' || label === undefined || other !== undefined || labels.has(id)) {
      throw mismatch({
        what: 'labels',
        where: `${path}, line ${i + 2}`,
        expected: `a new id and a class ${classes ? 'name or ' : ''}index`,
        got: `'${line.slice(0, 80)}'${other === undefined ? '' : `, class ${found.join(' or ')}`}`,
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
