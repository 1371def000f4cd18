import { type FileHandle, open } from 'node:fs/promises';
import { expectFile } from './user-file.js';

const NEWLINE = 0x0a;

/** A text file that grows by whole lines. */
export class LineFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /**
   * Opens a file for appending and makes it if need be, with `header` as its first line. A last line that a crash has
   * torn is ended, so that the next one starts on its own.
   */
  static async open(path: string, header?: string): Promise<LineFile> {
    const file = await open(path, 'a+');
    try {
      const lines = new LineFile(file);
      const { size } = expectFile(path, await file.stat());
      if (size === 0 && header !== undefined) await lines.append(header);
      if (size > 0) {
        const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
        if (buffer[0] !== NEWLINE) await file.appendFile('\n');
      }
      return lines;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Appends lines and waits until they are on disk. */
  async append(...lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    await this.#file.appendFile(lines.map((line) => `${line}\n`).join(''));
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
