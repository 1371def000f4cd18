import { readFileSync } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { InputError } from '../errors.js';

/** What one process at a time holds. */
export interface Lock {
  release(): Promise<void>;
}

/** A claim on something: an empty file whose name says who made it, so that it is never half-written. */
export interface Claim {
  readonly file: string;
  readonly pid: number;
  /** When the process started: tells it from another one that got the same id later. */
  readonly started: string;
  readonly host: string;
}

const ATTEMPTS = 4;
const LONGEST_PAUSE_MS = 50;

/**
 * Takes a lock in a directory: claims it by a file whose name begins with `prefix`, then looks for other claims. Of two
 * processes, the one that claimed later sees the other, so never both hold the lock; a claim of this machine whose process
 * lives no more (kill -9) is removed, which cannot hit a living one, since every claim has a name of its own. Processes
 * that see each other both step back and try again after a random pause.
 *
 * @returns the claim of another live process, or of one of another machine, where that holds it
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

/** Who holds a lock, in words; of another machine, where this one cannot see whether it lives, also what to do. */
export function holderInWords(directory: string, { pid, host, file }: Claim): string {
  const hint = host === hostname() ? '' : ` (if it is gone, delete ${join(directory, file)})`;
  return `process ${pid} on ${host}${hint}`;
}

function claimOf(pid: number, prefix: string): Claim {
  const { started = UNKNOWN } = statusOf(pid) ?? {};
  const host = hostname();
  return { file: `${prefix}${pid}.${started}.${encodeURIComponent(host)}`, pid, started, host };
}

/** Process ids of all systems are positive and fit into 31 bits; to the kernel, other numbers mean other things. */
const LARGEST_PID = 2 ** 31 - 1;

function parseClaim(file: string, prefix: string): Claim | undefined {
  const [, pid, started, host] = /^([1-9]\d{0,9})\.(\d{1,20})\.(.+)$/.exec(file.slice(prefix.length)) ?? [];
  if (pid === undefined || started === undefined || host === undefined) return undefined;
  if (Number(pid) > LARGEST_PID) return undefined;
  try {
    return { file, pid: Number(pid), started, host: decodeURIComponent(host) };
  } catch {
    return undefined;
  }
}

function noLock(path: string): InputError {
  return new InputError(
    `${path} is named like a lock, but no process made it; delete it if no other heatproof works there`,
  );
}

const UNKNOWN = '0';

function isAlive({ pid, started }: Claim): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const status = statusOf(pid);
  if (!status || started === UNKNOWN) return true;
  return status.state !== 'Z' && status.started === started;
}

/** State (Z: dead, but not yet collected by its parent) and start of a process; undefined on systems without /proc. */
function statusOf(pid: number): { state: string; started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] as string, started: fields[19] as string };
  } catch {
    return undefined;
  }
}
