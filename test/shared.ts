import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Real networks, images and golden results: present where the project is developed and in its CI, nowhere else. */
const root = resolve(process.env.HEATPROOF_SHARED ?? '../shared');

export const hasShared = existsSync(join(root, 'golden'));

/** The suffix of a test's name that says why it is skipped. */
export const needsShared = hasShared
  ? ''
  : ` (skipped: set HEATPROOF_SHARED to the folder with golden/, models/ and datasets/)`;

/** A path inside the shared folder. */
export function shared(...parts: string[]): string {
  return join(root, ...parts);
}
