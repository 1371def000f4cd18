import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InputError } from '../errors.js';
import { type Claim, claimOf, hostHere, isAlive, parseClaim } from './claim.js';

/** What one process at a time holds. */
export interface Lock {
  release(): Promise<void>;
}

const ATTEMPTS = 4;
const LONGEST_PAUSE_MS = 50;

/**
 * Takes a lock in a directory: claims it by a file whose name begins with `prefix`, then looks for other claims. Of two
 * processes, the one that claimed later sees the other, so never both hold the lock; a claim of this machine whose process
 * lives no more (kill -9) is removed, which cannot hit a living one, since every claim has a name of its own. Processes
 * that see each other both step back and try again after a random pause.
 *
 * @returns the claim of another live process, or of one of another machine or container, where that holds it
 * @throws InputError for a file that is named like a claim and is none
 */
export async function takeLock(
  directory: string,
  prefix: string,
): Promise<{ lock: Lock } | { holder: Claim }> {
  const own = claimOf(process.pid, prefix);
  const path = join(directory, own.file);
  for (let attempt = 1; ; attempt++) {
    const holder = (await claim(path)) ? await otherClaim(directory, prefix, own) : own;
    // A claim that cannot be removed (the disk has become read-only) does no harm once its process has ended.
    if (!holder) return { lock: { release: () => rm(path, { force: true }).catch(() => {}) } };
    if (holder !== own) await rm(path);
    if (attempt === ATTEMPTS) return { holder };
    await setTimeout(Math.random() * LONGEST_PAUSE_MS * attempt);
  }
}

/** Makes a claim; false when this very process has one already. */
async function claim(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes claims of the dead and returns one of the living. */
async function otherClaim(directory: string, prefix: string, own: Claim): Promise<Claim | undefined> {
  let living: Claim | undefined;
  for (const file of await readdir(directory)) {
    if (!file.startsWith(prefix) || file === own.file) continue;
    const other = parseClaim(file, prefix);
    if (!other) throw noLock(join(directory, file));
    if (other.host !== own.host || isAlive(other)) living = other;
    else await rm(join(directory, file), { force: true });
  }
  return living;
}

/** Who holds a lock, in words; of another machine or container, where this one cannot see whether it lives, also what to do. */
export function holderInWords(directory: string, { pid, host, file }: Claim): string {
  const hint = host === hostHere() ? '' : ` (if it is gone, delete ${join(directory, file)})`;
  return `process ${pid} on ${host}${hint}`;
}

function noLock(path: string): InputError {
  return new InputError(
    `${path} is named like a lock, but no process made it; delete it if no other heatproof works there`,
  );
}
