import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, mismatch } from '../../errors.js';
import type { SignalRows } from '../../input/layout.js';
import { preview } from '../classes.js';
import { readLines } from '../layout.js';

/** Where a data set says what its channels are, below its root, unless its config names other files. */
export const CHANNELS = 'channels.txt';
export const POSITIONS = 'positions.csv';

/** The files of a data set that say what its channels are; undefined where there are none. */
export function channelFiles({ root, channels, positions }: ChannelSource) {
  const own = (given: string | undefined, name: string) => {
    const path = given ?? join(root, name);
    return given !== undefined || existsSync(path) ? path : undefined;
  };
  return { channels: own(channels, CHANNELS), positions: own(positions, POSITIONS) };
}

export interface ChannelSource {
  readonly root: string;
  readonly channels?: string | undefined;
  readonly positions?: string | undefined;
}

/** The names of channels, one a line in the order of a network's input. @throws InputError for one that stands twice */
export function readChannels(path: string): string[] {
  const names = readLines(path);
  const twice = names.find((name, i) => names.findIndex((other) => isSame(other, name)) !== i);
  if (names.length === 0 || twice !== undefined) {
    throw mismatch({
      what: 'channels',
      where: path,
      expected: 'a name a line, each once',
      got: twice === undefined ? 'none' : `'${twice}' twice`,
    });
  }
  return names;
}

/** Where channels are, and what the file that says so calls them. */
export interface Positions {
  readonly labels: readonly string[];
  readonly places: NonNullable<SignalRows['positions']>;
}

/**
 * The positions of channels, out of a file with the header `label,x,y,z`; it may hold others besides.
 * @throws InputError for another file, when a channel is missing, or when two lie in one direction from the centre
 */
export function readPositions(path: string, names: readonly string[]): Positions {
  const [header, ...lines] = readLines(path);
  const refused = (expected: string, got: string) =>
    mismatch({ what: 'positions', where: path, expected, got });
  if (header !== 'label,x,y,z')
    throw refused("a first line 'label,x,y,z'", `'${header?.slice(0, 80) ?? ''}'`);
  const found = new Map<string, { label: string; place: Place }>();
  for (const [i, line] of lines.entries()) {
    const [label = '', ...numbers] = line.split(',');
    const place = numbers.map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
    if (place.length !== 3 || !place.every(Number.isFinite) || Math.hypot(...place) === 0)
      throw refused(`a label and three numbers in line ${i + 2}`, `'${line.slice(0, 80)}'`);
    found.set(plain(label), { label: label.trim(), place: place as Place });
  }
  const missing = names.filter((name) => !found.has(plain(name)));
  if (missing.length > 0) throw refused('a line for every channel', `none for ${preview(missing)}`);
  const own = names.map((name) => found.get(plain(name)) as { label: string; place: Place });
  const places = own.map(({ place }) => place);
  const directions = new Map<string, string>();
  for (const [i, name] of names.entries()) {
    const direction = directionOf(places[i] as Place);
    const other = directions.get(direction);
    if (other !== undefined)
      throw refused('every channel in a direction of its own', `'${other}' and '${name}' in one`);
    directions.set(direction, name);
  }
  return { labels: own.map(({ label }) => label), places };
}

type Place = [x: number, y: number, z: number];

/** Where a place lies from the centre, to a millionth: maps of the head draw no more of it. */
function directionOf(place: Place): string {
  const length = Math.hypot(...place);
  return place.map((x) => Math.round((x / length) * 1e6) + 0).join();
}

/** The place of every named channel among labels of a recording. @throws InputError when one is missing or stands twice */
export function findChannels(names: readonly string[], labels: readonly string[], where: string): number[] {
  const found = names.map((name) => labels.flatMap((label, i) => (isSame(label, name) ? [i] : [])));
  const missing = names.filter((_, i) => found[i]?.length === 0);
  if (missing.length > 0) {
    throw mismatch({
      what: 'channels',
      where,
      expected: `all ${names.length} that are asked for`,
      got: `none called ${preview(missing)}, but ${preview(labels)}`,
    });
  }
  const several = names.find((_, i) => (found[i]?.length ?? 0) > 1);
  if (several !== undefined) throw new InputError(`channels (${where}): '${several}' stands there twice`);
  return found.flat();
}

/** What a channel is called, without the dots and the kind of sensor that recordings write around it: `Fc5.`, `EEG Fpz-Cz`. */
export function channelName(label: string): string {
  return label.replace(/^EEG\s+/i, '').replace(/\.+$/, '');
}

function isSame(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(label: string): string {
  return channelName(label.trim()).toLowerCase();
}
