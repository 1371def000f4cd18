import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readFile, rename, rm, writeFile } from 'node:fs/promises';

/** Where an earlier attempt stopped, and the server's mark of the version that it was reading. */
export interface Resume {
  readonly offset: number;
  readonly validator: string;
}

/**
 * A file on its way: `<path>.part` holds the bytes so far and `<path>.part.from` their URL and the server's mark of
 * their version (ETag or date), without which they cannot be continued.
 */
export class PartialFile {
  private readonly part: string;
  private readonly from: string;

  constructor(
    private readonly path: string,
    private readonly url: string,
  ) {
    this.part = `${path}.part`;
    this.from = `${path}.part.from`;
  }

  /** Where the bytes lie until {@link finish}. */
  get location(): string {
    return this.part;
  }

  /** Bytes that are there; a link that somebody put in its place is none. */
  async size(): Promise<number> {
    const stats = await ifThere(lstat(this.part));
    return stats?.isFile() ? stats.size : 0;
  }

  /** Where to go on, when there is something to go on with. */
  async resume(): Promise<Resume | undefined> {
    const offset = await this.size();
    const from = await ifThere(lstat(this.from));
    const [url, validator] = from?.isFile() ? (await readFile(this.from, 'utf8')).split('\n') : [];
    return offset > 0 && url === this.url && validator ? { offset, validator } : undefined;
  }

  /** Empties the file and notes the version that is going to be written. */
  async start(validator: string | undefined): Promise<FileHandle> {
    // Removed first: whenever this is interrupted, old bytes never stand beside the new version's mark. What is made anew
    // never goes through a link.
    await rm(this.part, { force: true });
    const handle = await open(this.part, 'wx');
    await rm(this.from, { force: true });
    if (validator !== undefined) await writeFile(this.from, `${this.url}\n${validator}\n`, { flag: 'wx' });
    return handle;
  }

  /** Opens the file to write behind what is there. */
  async append(): Promise<FileHandle> {
    return open(this.part, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  }

  /** Gives the complete file its name. */
  async finish(): Promise<void> {
    await rename(this.part, this.path);
    await rm(this.from, { force: true });
  }

  async discard(): Promise<void> {
    await rm(this.part, { force: true });
    await rm(this.from, { force: true });
  }
}

/** The result, or undefined when the file does not exist. */
async function ifThere<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
