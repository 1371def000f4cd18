import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { mismatch } from '../errors.js';
import { readNpy } from '../files/npy.js';
import { readError, readUserFile } from '../files/user-file.js';
import type { UnitKind } from './kind.js';
import type { InputLayout } from './layout.js';
import type { Rect, Units } from './units.js';

export interface Segments {
  readonly segments: string;
}

/**
 * Segments that another tool made: `<folder>/<image id>.npy` with a whole number a place. Places of one number are a unit, in
 * the order of the numbers; those of a number below 0 are in none.
 */
export const segments: UnitKind<Segments> = {
  schema: z.strictObject({ segments: z.string().min(1) }),
  meaning: '{segments: folder}: those of a label map of each image, `<id>.npy`',
  within: ({ segments: folder }, base) => ({ segments: resolve(base, folder) }),
  of: ({ segments: folder }) => ({
    ofImage: true,
    units: (layout, { id } = { id: '' }) => segmentsIn(join(folder, `${id}.npy`), layout),
    record: () => ({ region: { segments: basename(folder) }, labelMaps: contentOf(folder) }),
    words: () => 'Segments of label maps',
    plural: () => 'segments',
  }),
};

/** @throws InputError for a map of another shape, or one that holds anything but whole numbers */
function segmentsIn(path: string, layout: InputLayout): Units {
  const { shape, data } = readNpy(path);
  const { rows, columns, places, heatmapShape } = layout;
  const refused = (expected: string, got: string) =>
    mismatch({ what: 'label map', where: path, expected, got });
  if (data.length !== places || plain(shape) !== plain(heatmapShape))
    throw refused(`shape [${heatmapShape}]`, `[${shape}]`);
  const bad = data.findIndex((label) => !Number.isInteger(label));
  if (bad >= 0) throw refused('whole numbers', `${data[bad]} at element ${bad}`);
  const byLabel = new Map<number, Rect[]>();
  for (let top = 0; top < rows; top++) {
    for (let left = 0, width = 0; left < columns; left += width) {
      const label = data[top * columns + left] as number;
      for (width = 1; left + width < columns && data[top * columns + left + width] === label; ) width++;
      if (label < 0) continue;
      const own = byLabel.get(label);
      const rect = { top, left, height: 1, width };
      if (own) own.push(rect);
      else byLabel.set(label, [rect]);
    }
  }
  const labels = [...byLabel.keys()].sort((a, b) => a - b);
  return {
    layout,
    count: labels.length,
    rectangles: (unit) => byLabel.get(labels[unit] as number) as Rect[],
    name: (unit) => `segment ${labels[unit]}`,
  };
}

/** A shape without its axes of length 1. */
function plain(shape: readonly number[]): string {
  return shape.filter((size) => size > 1).join();
}

/** SHA-256 over the names and bytes of all label maps of a folder. @throws InputError when it cannot be read */
function contentOf(folder: string): string {
  try {
    const hash = createHash('sha256');
    const maps = readdirSync(folder).filter((name) => name.endsWith('.npy'));
    for (const name of maps.sort()) hash.update(name).update(readUserFile(join(folder, name), 'array'));
    return hash.digest('hex');
  } catch (error) {
    throw readError(folder, error);
  }
}
