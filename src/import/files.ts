import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { InputError, reasonOf } from '../errors.js';

/** Reads the files of one network and keeps the hash over everything read. */
export class NetworkFileReader {
  readonly #hash = createHash('sha256');

  /** The whole file, or `length` bytes of it from `offset`. @throws InputError when that cannot be read. */
  async read(path: string, range?: { offset: number; length?: number }): Promise<Buffer> {
    try {
      const file = await open(path);
      try {
        const { size } = await file.stat();
        const { offset = 0, length = size - offset } = range ?? {};
        if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
          throw new Error(`bytes ${offset} to ${offset + length} lie outside its ${size} bytes`);
        }
        const bytes = Buffer.allocUnsafeSlow(length);
        for (let done = 0; done < length; ) {
          const { bytesRead } = await file.read(
            bytes,
            done,
            Math.min(length - done, READ_SIZE),
            offset + done,
          );
          if (bytesRead === 0) throw new Error('it became shorter while it was read');
          done += bytesRead;
        }
        this.#hash.update(bytes);
        return bytes;
      } finally {
        await file.close();
      }
    } catch (error) {
      throw new InputError(`cannot read '${path}': ${reasonOf(error)}`);
    }
  }

  /** The whole file as text. @throws InputError when it cannot be read or is larger than any definition of a network. */
  async readText(path: string): Promise<string> {
    const bytes = await this.read(path);
    if (bytes.length <= LARGEST_TEXT) return bytes.toString();
    throw new InputError(`'${path}': expected at most ${LARGEST_TEXT} bytes of text, got ${bytes.length}`);
  }

  /** SHA-256 over all bytes read, hexadecimal; ends reading. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

const READ_SIZE = 2 ** 28;
const LARGEST_TEXT = 2 ** 22;
