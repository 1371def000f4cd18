import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimOf, isAlive, parseClaim, processSpace } from './claim.js';

const PREFIX = 'heatproof-';
/** Ends the claim in a name, and the space of its process; stands in neither. */
const END = '+';

/**
 * Makes a folder of this process's own among temporary files, which nobody else may read. Its name says whose it is: what processes
 * have left behind that could not clean up (kill -9) is removed by the next one that makes one.
 *
 * @throws the system's error where none can be made
 */
export function makeScratch(): string {
  removeLeft();
  return mkdtempSync(join(tmpdir(), [claimOf(process.pid, PREFIX).file, processSpace(), ''].join(END)));
}

/** Removes a folder of {@link makeScratch}. */
export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

let removed = false;

/**
 * Once a thread: those of the dead on this machine, of this user alone, since nobody else could change them meanwhile. Containers
 * may share temporary files and their machine's name, and do not see each other's processes.
 */
function removeLeft(): void {
  if (removed) return;
  removed = true;
  const folder = tmpdir();
  for (const name of readdirSync(folder)) {
    const [file = '', space] = name.split(END);
    const claim = file.startsWith(PREFIX) && space === processSpace() && parseClaim(file, PREFIX);
    if (!claim || claim.host !== claimOf(process.pid, PREFIX).host || isAlive(claim)) continue;
    const path = join(folder, name);
    const left = lstatSync(path, { throwIfNoEntry: false });
    if (left?.isDirectory() && left.uid === process.getuid?.()) removeScratch(path);
  }
}
