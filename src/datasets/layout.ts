import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { InputError } from '../errors.js';
import { readError, readStart, readUserText } from '../files/user-file.js';
import { beginsAsImage, imageStem, isNamedAsImage, SIGNATURE_BYTES } from './image-formats.js';

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

export interface Listing {
  /** Names of the files asked for, sorted. */
  files: string[];
  /** Names of the folders, sorted. */
  folders: string[];
  /** Everything else that is not hidden, sorted by path. */
  leftOut: LeftOut[];
}

/** A file or folder of which a data set makes nothing, and why. */
export interface LeftOut {
  path: string;
  reason: string;
}

/**
 * The images and folders of a folder; hidden ones are left out. An image is what is named as one or, under any other
 * name, begins like one. Throws InputError when the folder cannot be read.
 */
export function listImages(folder: string): Listing {
  const isImage = (name: string) => isNamedAsImage(name) || beginsAsImage(startOf(join(folder, name)));
  return listFiles(folder, isImage, 'no image of a format that is read');
}

/** Files of any one ending, and folders. */
export function list(folder: string, ending: RegExp): Listing {
  return listFiles(folder, (name) => ending.test(name), 'of another kind');
}

function listFiles(folder: string, wanted: (name: string) => boolean, unwanted: string): Listing {
  try {
    const listing: Listing = { files: [], folders: [], leftOut: [] };
    const entries = readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      const { isFile, isFolder } = whatIs(entry, path);
      if (isFolder) listing.folders.push(entry.name);
      else if (!isFile)
        listing.leftOut.push({ path, reason: 'neither a file nor a folder, or a link to none' });
      else if (wanted(entry.name)) listing.files.push(entry.name);
      else listing.leftOut.push({ path, reason: unwanted });
    }
    return listing;
  } catch (error) {
    throw readError(folder, error);
  }
}

/** What stands at a place, or at the end of its link; a link in a circle or into nothing is neither file nor folder. */
function whatIs(entry: Dirent, path: string): { isFile: boolean; isFolder: boolean } {
  if (!entry.isSymbolicLink()) return { isFile: entry.isFile(), isFolder: entry.isDirectory() };
  try {
    const target = statSync(path);
    return { isFile: target.isFile(), isFolder: target.isDirectory() };
  } catch {
    return { isFile: false, isFolder: false };
  }
}

/** The first bytes of a file, a character each; of one that cannot be read, none. */
function startOf(path: string): string {
  try {
    return readStart(path, SIGNATURE_BYTES).toString('latin1');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return '';
  }
}

/** File names by their stem. Throws InputError when two share one, since the stem identifies the image. */
export function byStem(files: readonly string[], folder: string): Map<string, string> {
  const stems = new Map<string, string>();
  for (const file of files) {
    const stem = isNamedAsImage(file) ? imageStem(file) : file.replace(/\.npy$/i, '');
    const other = stems.get(stem);
    if (other !== undefined) {
      throw new InputError(`two images of one name in ${folder}: ${other} and ${file}`);
    }
    stems.set(stem, file);
  }
  return stems;
}

/** Whether a word out of a list or annotation can be the name of a file in a folder, and of none elsewhere. */
export function isFileName(name: string): boolean {
  return !/^\.*$|[/\\\p{Cc}]/u.test(name);
}

/** Finds what a list calls an id among ids, undefined where it is none of them. */
export type FindId = (listed: string) => string | undefined;

/** Lists name images as they are called, with their ending, or in another Unicode form than the file system's. */
export function idFinder(ids: Iterable<string>): FindId {
  const own = new Set(ids);
  const composed = new Map([...own].map((id) => [id.normalize('NFC'), id]));
  const find = (name: string) => (own.has(name) ? name : composed.get(name.normalize('NFC')));
  return (listed) => find(listed) ?? find(listed.slice(0, listed.length - extname(listed).length));
}

/** The lines of a text file that are not empty. */
export function readLines(path: string): string[] {
  const lines = readUserText(path, 'list')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== '');
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
