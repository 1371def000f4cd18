import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** How long a thread waits for another one, and how often it looks. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 20;

/**
 * A folder of some content that several threads need, made by the first one that asks; the others wait.
 *
 * @param parent that nobody but threads of this process writes to
 * @param name that tells the content
 * @param make fills the folder; where it throws, there is none
 * @returns its path; undefined where it could not be made
 */
export async function madeOnce(
  parent: string,
  name: string,
  make: (folder: string) => Promise<void> | void,
): Promise<string | undefined> {
  const made = join(parent, name);
  const unfinished = `${made}.unfinished`;
  if (begins(made, unfinished)) await finish(made, unfinished, make);
  const patience = performance.now() + PATIENCE_MS;
  while (!existsSync(made) && existsSync(unfinished) && performance.now() < patience)
    await setTimeout(LOOK_MS);
  return existsSync(made) ? made : undefined;
}

/** Whether this thread is the first one. */
function begins(made: string, unfinished: string): boolean {
  if (existsSync(made)) return false;
  try {
    mkdirSync(unfinished);
  } catch {
    return false;
  }
  // Another thread may have finished in between.
  if (existsSync(made)) rmSync(unfinished, { recursive: true });
  return !existsSync(made);
}

/** What cannot be made is left to those that ask: they say what is the matter when they do without. */
async function finish(
  made: string,
  unfinished: string,
  make: (folder: string) => Promise<void> | void,
): Promise<void> {
  try {
    await make(unfinished);
    renameSync(unfinished, made);
  } catch {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
