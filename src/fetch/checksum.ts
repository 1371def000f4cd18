import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { SourceFile } from './sources.js';

/** What a file must be. */
export type Published = Pick<SourceFile, 'bytes' | 'checksums'>;

/** Compares size and every digest; returns the first difference as "expected ..., got ...", or undefined. */
export async function difference(path: string, { bytes, checksums }: Published): Promise<string | undefined> {
  const { size } = await stat(path);
  if (size !== bytes) return `expected ${bytes} bytes, got ${size}`;
  const hashes = Object.entries(checksums).map(([algorithm, expected]) => ({
    algorithm,
    expected,
    hash: createHash(algorithm),
  }));
  for await (const chunk of createReadStream(path)) {
    for (const { hash } of hashes) hash.update(chunk);
  }
  for (const { algorithm, expected, hash } of hashes) {
    const got = hash.digest('hex');
    if (got !== expected) return `expected ${algorithm} ${expected}, got ${got}`;
  }
  return undefined;
}
