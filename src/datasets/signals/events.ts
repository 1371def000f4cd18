import { mismatch } from '../../errors.js';
import { readLines } from '../layout.js';

/** Where a data set says which annotations of its recordings are of which class, below its root. */
export const EVENTS = 'events.csv';

/** What the annotations of recordings mean. */
export interface Events {
  /** The classes, each once, in the order of the file. */
  readonly names: readonly string[];
  /** The class that an annotation of a file stands for; undefined where it stands for none. */
  classOf(file: string, annotation: string): string | undefined;
}

/**
 * What annotations mean, out of a file with the header `file,annotation,label`; `*` stands for every file that has no line
 * of its own for the annotation.
 * @throws InputError for another header, or an annotation that stands twice
 */
export function readEvents(path: string): Events {
  const [header, ...lines] = readLines(path);
  const labels = new Map<string, string>();
  const refused = (expected: string, got: string | undefined) =>
    mismatch({ what: 'events', where: path, expected, got: `'${got?.slice(0, 80) ?? ''}'` });
  if (header !== 'file,annotation,label') throw refused("a first line 'file,annotation,label'", header);
  for (const [i, line] of lines.entries()) {
    const [, file, annotation, label] = /^([^,]+),(.+),([^,]+)$/.exec(line) ?? [];
    const key = JSON.stringify([file, annotation]);
    if (label === undefined || labels.has(key))
      throw refused(`a new file and annotation, and a class, in line ${i + 2}`, line);
    labels.set(key, label);
  }
  const of = (file: string, annotation: string) => labels.get(JSON.stringify([file, annotation]));
  return {
    names: [...new Set(labels.values())],
    classOf: (file, annotation) => of(file, annotation) ?? of('*', annotation),
  };
}
