import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimOf, isAlive, parseClaim } from './claim.js';

const PREFIX = 'heatproof-';
/** Ends the claim in a name; stands in no claim. */
const END = '+';

/**
 * Makes a folder of this process's own among temporary files, which nobody else may read. Its name says whose it is: what processes
 * have left behind that could not clean up (kill -9) is removed by the next one that makes one.
 *
 * @throws the system's error where none can be made
 */
export function makeScratch(): string {
  removeLeft();
  return mkdtempSync(join(tmpdir(), claimOf(process.pid, PREFIX).file + END));
}

/** Removes a folder of {@link makeScratch}. */
export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

let removed = false;

/** Once a thread: those of the dead on this machine (or in this container), of this user alone, since nobody else could change them meanwhile. */
function removeLeft(): void {
  if (removed) return;
  removed = true;
  const folder = tmpdir();
  for (const name of readdirSync(folder)) {
    const claim = name.startsWith(PREFIX) && parseClaim(name.slice(0, name.lastIndexOf(END)), PREFIX);
    if (!claim || claim.host !== claimOf(process.pid, PREFIX).host || isAlive(claim)) continue;
    const path = join(folder, name);
    const left = lstatSync(path, { throwIfNoEntry: false });
    if (left?.isDirectory() && left.uid === process.getuid?.()) removeScratch(path);
  }
}
