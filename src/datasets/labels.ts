import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { InputError, messageOf, mismatch } from '../errors.js';
import { readUserText } from '../files/user-file.js';
import { parseYaml } from '../files/yaml-document.js';
import { didYouMean } from '../suggest.js';
import type { Classes } from './classes.js';

/**
 * The classes `ilsvrc2012` (1000, sorted by synset), `voc` (20) or those of a text file with one class a line.
 * Throws InputError for an unknown name, a missing or empty file, or an empty line.
 */
export function loadClasses(source: string): Classes {
  if (source === 'ilsvrc2012') {
    const entries = Object.entries(readIlsvrc());
    return { keys: entries.map(([synset]) => synset), names: entries.map(([, [, words]]) => words) };
  }
  const names = source === 'voc' ? Object.keys(readVoc()) : readNames(source);
  return { keys: names, names };
}

/** Network outputs by class of a data set. */
export type ClassMap = ReadonlyMap<string, readonly number[]>;

/**
 * The outputs that stand for a class.
 *
 * @throws InputError when the map has none for it, or the network lacks one of them
 */
export function groupOfClass(
  name: string,
  map: ClassMap,
  { classes }: { readonly classes: number },
): readonly number[] {
  const indices = map.get(name) ?? [];
  const outside = indices.find((index) => index >= classes);
  if (indices.length > 0 && outside === undefined) return indices;
  throw mismatch({
    what: 'class map',
    where: `class '${name}'`,
    expected: `at least one output, from 0 to ${classes - 1}`,
    got: String(outside ?? 'none'),
  });
}

/** Synsets by the devkit's ILSVRC2012_ID: entry i - 1 is the synset of ID i. */
export function devkitSynsets(): string[] {
  const synsets: string[] = [];
  for (const [synset, [id]] of Object.entries(readIlsvrc())) synsets[id - 1] = synset;
  return synsets;
}

/**
 * Which network outputs stand for each class of a data set: `voc-to-ilsvrc` (by WordNet), or a JSON or YAML file
 * {class: [output indices]}. Throws InputError when the file is missing or of another form.
 */
export function loadClassMap(source: string): ClassMap {
  if (source === 'voc-to-ilsvrc') {
    const synsets = loadClasses('ilsvrc2012').keys;
    return new Map(
      Object.entries(readVoc()).map(([name, list]) => [name, list.map((synset) => synsets.indexOf(synset))]),
    );
  }
  if (extname(source) === '') throw unknownName('class map', source, ['voc-to-ilsvrc']);
  try {
    const read = parseYaml(readUserText(source, 'yaml'), 'class map', source);
    return classMapSchema.parse(read instanceof Object ? new Map(Object.entries(read)) : read);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw mismatch({
      what: 'class map',
      where: source,
      expected: 'JSON or YAML of the form {class: [output indices]}',
      got: error instanceof z.ZodError ? issueOf(error) : messageOf(error),
    });
  }
}

/** A class may be called anything, `constructor` too. */
const classMapSchema = z.map(z.string(), z.array(z.int().min(0)).min(1));
const ilsvrcSchema = z.record(z.string(), z.tuple([z.int(), z.string()]));
const vocSchema = z.record(z.string(), z.array(z.string()));

const readIlsvrc = once(() => ilsvrcSchema.parse(readShipped('ilsvrc2012.yaml')));
const readVoc = once(() => vocSchema.parse(readShipped('voc.yaml')));

function readShipped(name: string): unknown {
  const path = fileURLToPath(new URL(`../../datasets/${name}`, import.meta.url));
  return parseYaml(readUserText(path, 'yaml'), name, path);
}

function readNames(path: string): string[] {
  if (extname(path) === '') throw unknownName('labels', path, ['ilsvrc2012', 'voc']);
  const lines = readUserText(path, 'labels')
    .replace(/^\ufeff/, '')
    .trim()
    .split(/\r?\n/);
  const names = lines.map((line) => line.trim());
  const empty = names.indexOf('');
  if (empty < 0) return names;
  throw mismatch({
    what: 'labels',
    where: `${path}, line ${empty + 1}`,
    expected: 'one class a line',
    got: 'an empty line',
  });
}

function unknownName(what: string, name: string, known: string[]): InputError {
  return new InputError(
    `unknown ${what} '${name}': expected ${known.join(' or ')} or a file${didYouMean(name, known)}`,
  );
}

function issueOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return `at '${issue?.path.join('.')}': ${issue?.message}`;
}

function once<T>(read: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= read();
    return value;
  };
}
