import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { InputError, messageOf, mismatch } from '../errors.js';
import { readUserText } from '../files/user-file.js';
import { parseYaml } from '../files/yaml-document.js';
import { didYouMean } from '../suggest.js';

/** The classes of a data set or network, in the order of the network's outputs. */
export interface Classes {
  /** What annotations and folders call each class: the WordNet synset (ilsvrc2012) or the name. */
  keys: string[];
  /** What people call it. */
  names: string[];
}

/**
 * The classes `ilsvrc2012` (1000, sorted by synset), `voc` (20) or those of a text file with one class a line.
 * Throws InputError for an unknown name, a missing or empty file, or a class that stands there twice.
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
export type ClassMap = Readonly<Record<string, readonly number[]>>;

/** The names of {@link loadClasses}, one a network output. */
export function loadLabels(source: string): string[] {
  return loadClasses(source).names;
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
    return mapValues(readVoc(), (list) => list.map((synset) => synsets.indexOf(synset)));
  }
  if (extname(source) === '') throw unknownName('class map', source, ['voc-to-ilsvrc']);
  try {
    return classMapSchema.parse(parseYaml(readUserText(source, 'yaml'), 'class map', source));
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

const classMapSchema = z.record(z.string(), z.array(z.int().min(0)).min(1));
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
  const lines = readUserText(path, 'labels').trim().split(/\r?\n/);
  const names = lines.map((line) => line.trim());
  const seen = new Set<string>();
  names.forEach((name, i) => {
    const got = name === '' ? 'an empty line' : seen.has(name) ? `'${name}' again` : undefined;
    if (got)
      throw mismatch({
        what: 'labels',
        where: `${path}, line ${i + 1}`,
        expected: 'one new class a line',
        got,
      });
    seen.add(name);
  });
  return names;
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

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function once<T>(read: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= read();
    return value;
  };
}
