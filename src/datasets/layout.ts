import { existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { InputError } from '../errors.js';
import { readError, readUserText } from '../files/user-file.js';

/** A file or folder that a data set consists of, and the places below its root where it is looked for, in order. */
export interface Part {
  name: string;
  places: readonly string[];
  /** What it is needed for. */
  purpose: string;
}

/** The first place where a part lies, or undefined. */
export function findPart(root: string, part: Part): string | undefined {
  return part.places.map((place) => join(root, place)).find((path) => existsSync(path));
}

/** The place where a part lies; throws InputError when it is nowhere. */
export function needPart(root: string, part: Part): string {
  const path = findPart(root, part);
  if (path === undefined) throw new InputError(missingPart(root, part));
  return path;
}

/** Says which part is missing, what for, and where it was looked for. */
export function missingPart(root: string, { name, places, purpose }: Part): string {
  return `no ${name} in ${root}, needed for ${purpose}: looked for ${places.join(', ')}`;
}

const IMAGE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

export interface Listing {
  /** Names of the files with the ending asked for, sorted. */
  files: string[];
  /** Names of the folders, sorted. */
  folders: string[];
}

/** The images and folders of a folder; hidden ones are left out. Throws InputError when it cannot be read. */
export function listImages(folder: string): Listing {
  return list(folder, IMAGE);
}

/** Files of any one ending, and folders. */
export function list(folder: string, ending: RegExp): Listing {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
    const isFolder = (entry: (typeof entries)[number]) =>
      entry.isDirectory() ||
      (entry.isSymbolicLink() && !ending.test(entry.name) && isDirectory(join(folder, entry.name)));
    const [folders, files] = [entries.filter(isFolder), entries.filter((entry) => !isFolder(entry))];
    return {
      files: files
        .map(({ name }) => name)
        .filter((name) => ending.test(name))
        .sort(),
      folders: folders.map(({ name }) => name).sort(),
    };
  } catch (error) {
    throw readError(folder, error);
  }
}

/** File names by their stem. Throws InputError when two share one, since the stem identifies the image. */
export function byStem(files: readonly string[], folder: string): Map<string, string> {
  const stems = new Map<string, string>();
  for (const file of files) {
    const stem = file.slice(0, -extname(file).length);
    const other = stems.get(stem);
    if (other !== undefined) {
      throw new InputError(`two images of one name in ${folder}: ${other} and ${file}`);
    }
    stems.set(stem, file);
  }
  return stems;
}

/** The lines of a text file that are not empty. */
export function readLines(path: string): string[] {
  const lines = readUserText(path, 'list').split(/\r?\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
