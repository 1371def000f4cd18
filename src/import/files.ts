import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { InputError, reasonOf } from '../errors.js';
import { checkLimit, type LimitName } from '../files/limits.js';
import { openUserFile, readRange } from '../files/user-file.js';

/** Part of a file, in bytes. */
interface Range {
  readonly offset: number;
  readonly length: number;
}

/** What is asked of a network's file. */
export interface ReadOptions {
  readonly name: string;
  /** The output, layer or node to end at. */
  readonly output: string | undefined;
  /** Without the batch, channels first. */
  readonly inputShape: readonly number[] | undefined;
}

/** Reads the files of one network. */
export class NetworkFileReader {
  /** The whole .onnx or .caffemodel. @throws InputError when it cannot be read or is too large */
  read(path: string): Promise<Buffer> {
    return this.#read(path, 'networkFile');
  }

  /** The whole definition of a network as text. @throws InputError when it cannot be read or is too large */
  async readText(path: string): Promise<string> {
    return (await this.#read(path, 'prototxt')).toString();
  }

  /**
   * A file, or part of one, that lies in the folder of a network and is named in it, for the weights `where`. Links may lead to
   * files of that folder, or of the one in which the network's own file really lies (downloads are often links into a
   * store), but nowhere else: a network that a stranger made must not read other files.
   * @throws InputError when the file lies elsewhere, or lacks the data
   */
  async readBeside(model: string, location: string, where: string, range?: Range): Promise<Buffer> {
    const folder = dirname(resolve(model));
    const path = resolve(folder, location);
    const refused = () =>
      new InputError(`weights '${where}': expected a file in the model's folder, got '${location}'`);
    if (isAbsolute(location) || !liesIn(folder, path)) throw refused();
    try {
      const target = await realpath(path);
      const folders = [await realpath(folder), dirname(await realpath(model))];
      if (!folders.some((one) => liesIn(one, target))) throw refused();
    } catch (error) {
      throw readFailure(path, error);
    }
    return this.#read(path, 'externalData', range);
  }

  async #read(path: string, limit: LimitName, range?: Range): Promise<Buffer> {
    try {
      const { file, size } = await openUserFile(path);
      try {
        checkLimit(limit, size, path);
        const { offset, length } = range ?? { offset: 0, length: size };
        if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
          throw new Error(`bytes ${offset} to ${offset + length} lie outside its ${size} bytes`);
        }
        return await readRange(file, path, { offset, length });
      } finally {
        await file.close();
      }
    } catch (error) {
      throw readFailure(path, error);
    }
  }
}

function liesIn(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

function readFailure(path: string, error: unknown): InputError {
  return error instanceof InputError ? error : new InputError(`cannot read '${path}': ${reasonOf(error)}`);
}
