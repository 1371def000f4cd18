import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holderInWords, type Lock, takeLock } from '../files/lock.js';

const PAUSE_MS = 200;

/** Waits until no other process brings this file, and holds it off meanwhile. `onWait` is told once whom it waits for. */
export async function lockTarget(path: string, onWait: (holder: string) => void): Promise<Lock> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  for (let told = false; ; ) {
    const taken = await takeLock(folder, `${basename(path)}.lock.`);
    if ('lock' in taken) return taken.lock;
    if (!told) onWait(holderInWords(folder, taken.holder));
    told = true;
    await sleep(PAUSE_MS);
  }
}
