import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../errors.js';

/** One process at a time works in a results directory. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the directory's lock. A lock left by a process of this machine that no longer lives (kill -9) is taken over.
 *
 * @throws InputError when another live process, or a process of another machine, holds it
 */
export async function lockDirectory(directory: string): Promise<Lock> {
  const path = join(directory, 'run.lock');
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
      await file.close();
      return { release: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readHolder(path);
    if (holder && (holder.host !== hostname() || isAlive(holder.pid))) {
      throw new InputError(
        `results directory (${directory}): expected to be free, got in use by process ${holder.pid} on ${holder.host}` +
          (holder.host === hostname() ? '' : ` (if it is gone, delete ${path})`),
      );
    }
    await rm(path, { force: true });
  }
}

async function readHolder(path: string): Promise<{ pid: number; host: string } | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as { pid: number; host: string };
  } catch (error) {
    // Gone meanwhile, or torn by a kill in the instant between creating and writing it: nobody holds it.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
