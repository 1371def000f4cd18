import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { messageOf, mismatch } from '../errors.js';
import { LIMITS } from '../files/limits.js';
import { readNpy } from '../files/npy.js';
import { readUserFile } from '../files/user-file.js';
import type { Pixels } from '../report/types.js';

/** The numbers of a heatmap that a run kept; undefined where there is none. @throws InputError when it is another array */
export function readKeptMap(
  file: string,
  { rows, columns }: { rows: number; columns: number },
): Float32Array | undefined {
  if (!existsSync(file)) return undefined;
  const { shape, data } = readNpy(file);
  if (data.length === rows * columns) return data;
  throw mismatch({
    what: 'kept heatmap',
    where: file,
    expected: `${rows} x ${columns} numbers`,
    got: `shape [${shape}]`,
  });
}

const PNG = Buffer.from('\x89PNG\r\n', 'latin1');

/** A picture that a run kept, as RGB; undefined where there is none. @throws InputError when it is no PNG */
export async function readKeptPicture(file: string): Promise<Pixels | undefined> {
  if (!existsSync(file)) return undefined;
  const bytes = readUserFile(file, 'image');
  const refused = (got: string) => mismatch({ what: 'kept picture', where: file, expected: 'a PNG', got });
  if (!bytes.subarray(0, PNG.length).equals(PNG)) throw refused('another file');
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: LIMITS.pixels.most })
      .flatten()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  } catch (error) {
    throw refused(messageOf(error));
  }
}
