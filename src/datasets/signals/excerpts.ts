import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { mismatch } from '../../errors.js';
import { type Classes, preview } from '../classes.js';
import { labelFinder } from '../flat.js';
import type { Catalogue, Entry } from '../kind.js';
import { loadClasses } from '../labels.js';
import { type Recording, readAnnotations } from './edf.js';
import { EVENTS, readEvents } from './events.js';

/** How recordings are cut: what a config says of it. */
interface Cut {
  readonly root: string;
  readonly labels?: string | undefined;
  /** Seconds from an annotation to the beginning of its sample. */
  readonly start: number;
}

/**
 * A sample an annotation that stands for a class. Ids count the annotations of a file from 0. Classes are those of `labels`
 * or, without it, those of events.csv, in order.
 *
 * @param rate moments a second, of all recordings
 * @throws InputError when nothing says what annotations mean, or a class does not exist
 */
export function cutRecordings(
  { root, labels, start }: Cut,
  recordings: readonly Recording[],
  rate: number,
): Pick<Catalogue, 'classes' | 'entries' | 'leftOut'> {
  const path = join(root, EVENTS);
  if (!existsSync(path)) throw noEvents(root, recordings);
  const { names, classOf } = readEvents(path);
  const classes = labels === undefined ? ownClasses(names) : loadClasses(labels);
  const find = labelFinder(classes);
  const entries: Entry[] = [];
  const unnamed = new Set<string>();
  for (const recording of recordings) {
    const file = recording.path;
    for (const [i, { onset, text }] of readAnnotations(recording).entries()) {
      const name = classOf(basename(file), text);
      if (name === undefined) {
        unnamed.add(`${file}: ${text}`);
        continue;
      }
      const [label, other] = find(name);
      if (label === undefined || other !== undefined) {
        throw mismatch({ what: 'events', where: path, expected: `classes of ${labels}`, got: `'${name}'` });
      }
      entries.push({
        id: `${basename(file).replace(/\.\w+$/, '')}-${String(i).padStart(3, '0')}`,
        path: file,
        labels: [label],
        excerpt: { first: Math.round((onset + start) * rate) },
      });
    }
  }
  const reason = `annotations of which ${EVENTS} makes no class`;
  return {
    classes: classes ?? { keys: [], names: [] },
    entries,
    leftOut: [...unnamed].map((path) => ({ path, reason })),
  };
}

/** The classes that events name; none where they are indices of outputs. */
function ownClasses(names: readonly string[]): Classes | undefined {
  return names.every((name) => /^\d+$/.test(name)) ? undefined : { keys: [...names], names: [...names] };
}

function noEvents(root: string, recordings: readonly Recording[]): Error {
  const found = new Set(recordings.flatMap(readAnnotations).map(({ text }) => text));
  return mismatch({
    what: 'events of the recordings',
    where: root,
    expected: `${EVENTS} with lines file,annotation,label`,
    got: `none, for annotations ${preview([...found]) || 'of which there are none'}`,
  });
}
