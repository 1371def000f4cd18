import { rm } from 'node:fs/promises';
import { messageOf } from '../errors.js';
import type { ResultsDirectory } from './directory.js';

/** Something to look at, made of numbers that stand in the tables. */
export interface Picture {
  /** The files that it is written to, below the results directory. */
  readonly files: readonly string[];
  write(): Promise<void>;
}

/** Files of a picture that could not be drawn, and why. */
export interface Undrawn {
  readonly files: readonly string[];
  readonly reason: string;
}

/**
 * Writes pictures one after the other. Numbers are worth more than pictures: one that fails takes nothing with it, and
 * leaves no earlier one in its place that shows other numbers.
 */
export async function writePictures(
  directory: ResultsDirectory,
  pictures: Iterable<Picture>,
): Promise<Undrawn[]> {
  const undrawn: Undrawn[] = [];
  for (const { files, write } of pictures) {
    try {
      await write();
    } catch (error) {
      const left = await Promise.all(files.map((file) => removed(directory.file(file))));
      undrawn.push({ files, reason: [messageOf(error), ...left.flat()].join('; ') });
    }
  }
  return undrawn;
}

/** Removes a file if there is one; what keeps it from that. */
async function removed(path: string): Promise<string[]> {
  try {
    await rm(path, { force: true });
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}
