import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../../errors.js';
import { type Called, IMAGES } from '../../input/called.js';
import { textLayout } from '../../input/layout.js';
import { type Box, labelOf } from '../boxes.js';
import type { Classes } from '../classes.js';
import { labelFinder } from '../flat.js';
import { type Catalogue, common, type Entry, type Kind, labels } from '../kind.js';
import { loadClasses } from '../labels.js';
import { list } from '../layout.js';
import type { Sample } from '../sample.js';
import { readDocuments } from './documents.js';
import { readText } from './read.js';

const schema = z.strictObject({ type: z.literal('text'), labels: labels.optional(), ...common });

/** Where a data set says what its classes are, below its root, unless its config names another file. */
const CLASSES = 'classes.txt';

/** Texts have no grid. */
const TEXTS: Called = { ...IMAGES, sample: 'text', samples: 'texts', place: 'token' };

/** Documents, a line of JSON each; how they become a network's input, its descriptor says (`words`). */
export const text: Kind<typeof schema> = {
  schema,
  called: TEXTS,
  list: listTexts,
  boxes: spansOf,
  layout: (_, inputShape) => textLayout(inputShape),
  read: readText,
  expected: `<name>.jsonl ...    a document a line, {"id", "tokens" or "text", "ids"?, "label"?, "spans"?}; <name>.json holds one
${CLASSES}         optional: the classes, one a line in the order of outputs`,
};

function listTexts({ root, labels }: z.output<typeof schema>): Catalogue {
  const { files, folders, leftOut } = list(root, /\.jsonl?$/i);
  if (files.length === 0) throw new InputError(`no .jsonl or .json files in ${root}`);
  const listed = files.flatMap((file) => readDocuments(root, file).map((one) => ({ ...one, file })));
  checkIds(listed, root);
  const own = join(root, CLASSES);
  const source = labels ?? (existsSync(own) ? own : undefined);
  const named = listed.flatMap((one) => ('label' in one && one.label !== undefined ? [one.label] : []));
  const classes = source === undefined ? classesOf(named) : loadClasses(source);
  const find = labelFinder(classes);
  const entries = listed.map((one): Entry => {
    const path = join(root, one.file);
    if ('problem' in one) return { id: one.id, path, labels: () => thrown(one.problem) };
    const { id, label, content } = one;
    if (label === undefined) return { id, path, labels: [], text: content };
    const found = find(label);
    if (found.length === 1) return { id, path, labels: [...found], text: content };
    const expected = source === undefined ? 'an index of a class' : `a class of ${source}`;
    const problem = mismatch({ what: 'label', where: `document ${id}`, expected, got: `'${label}'` });
    return { id, path, labels: () => thrown(problem) };
  });
  return {
    classes: classes ?? { keys: [], names: [] },
    ...(source === undefined && classes && { alphabetical: true }),
    entries,
    missing: [],
    unlabelled: entries.flatMap(({ id, labels, text }) =>
      typeof labels === 'function' || labels.length > 0 || text?.spans ? [] : [id],
    ),
    leftOut: [
      ...leftOut.filter(({ path }) => path !== own && path !== source),
      ...folders.map((name) => ({ path: join(root, name), reason: 'a folder beside texts' })),
    ],
  };
}

function thrown(error: InputError): never {
  throw error;
}

/** @throws InputError for an id that two documents have */
function checkIds(listed: readonly { readonly id: string; readonly file: string }[], root: string): void {
  const files = new Map<string, string>();
  for (const { id, file } of listed) {
    const other = files.get(id);
    if (other !== undefined) {
      throw mismatch({
        what: 'id of a document',
        where: join(root, file),
        expected: 'a different one each',
        got: `'${id}', as in ${other}`,
      });
    }
    files.set(id, file);
  }
}

/** The classes that labels name, by alphabet; none where they are indices of outputs. */
function classesOf(labels: readonly string[]): Classes | undefined {
  if (labels.every((label) => /^\d+$/.test(label))) return undefined;
  const names = [...new Set(labels)].sort();
  return { keys: names, names };
}

/** Spans of tokens as boxes of one row. */
async function spansOf({ id, text }: Sample, keys: readonly string[]): Promise<Box[]> {
  return (text?.spans ?? []).map(({ start, end, label }) => ({
    left: start,
    top: 0,
    right: end,
    bottom: 1,
    label: labelOf(label, keys, `document ${id}`),
    difficult: false,
    truncated: false,
  }));
}
