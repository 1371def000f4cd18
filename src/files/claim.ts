import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A claim on something: an empty file whose name says who made it, so that it is never half-written. */
export interface Claim {
  readonly file: string;
  readonly pid: number;
  /** When the process started: tells it from another one that got the same id later. */
  readonly started: string;
  /** See {@link hostHere}. */
  readonly host: string;
}

/** The namespace of process ids that Linux starts with. */
const FIRST_NAMESPACE = '4026531836';

/**
 * Where a process can see whether another one lives: the name of this machine; in a container, which numbers processes by itself, also
 * the kernel's name of that numbering.
 */
export function hostHere(): string {
  const namespace = processNamespace();
  return namespace === FIRST_NAMESPACE ? hostname() : `${hostname()}~${namespace}`;
}

/** The number in a link like `pid:[4026531836]`; systems without it have one numbering. */
function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return FIRST_NAMESPACE;
  }
}

const UNKNOWN = '0';

/** The claim that a process makes. */
export function claimOf(pid: number, prefix: string): Claim {
  const { started = UNKNOWN } = statusOf(pid) ?? {};
  const host = hostHere();
  return { file: `${prefix}${pid}.${started}.${encodeURIComponent(host)}`, pid, started, host };
}

/** Process ids of all systems are positive and fit into 31 bits; to the kernel, other numbers mean other things. */
const LARGEST_PID = 2 ** 31 - 1;

/** The claim whose file has this name, if it is one's. */
export function parseClaim(file: string, prefix: string): Claim | undefined {
  const [, pid, started, host] = /^([1-9]\d{0,9})\.(\d{1,20})\.(.+)$/.exec(file.slice(prefix.length)) ?? [];
  if (pid === undefined || started === undefined || host === undefined) return undefined;
  if (Number(pid) > LARGEST_PID) return undefined;
  try {
    return { file, pid: Number(pid), started, host: decodeURIComponent(host) };
  } catch {
    return undefined;
  }
}

/** Whether the process of a claim lives that was made {@link hostHere | here}. */
export function isAlive({ pid, started }: Claim): boolean {
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
