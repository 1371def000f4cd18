import { InputError } from '../errors.js';
import { holderInWords, type Lock, takeLock } from '../files/lock.js';

const PREFIX = 'run.lock.';

/** Whether a file of a results directory belongs to a lock. */
export function isLockFile(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * Takes the lock of a results directory, in which one process at a time works.
 *
 * @throws InputError when another live process, or a process of another machine or container, holds it
 */
export async function lockDirectory(directory: string): Promise<Lock> {
  const taken = await takeLock(directory, PREFIX);
  if ('lock' in taken) return taken.lock;
  throw new InputError(
    `results directory (${directory}): expected to be free, got in use by ${holderInWords(directory, taken.holder)}`,
  );
}
