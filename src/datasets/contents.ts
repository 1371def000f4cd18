import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { LIMITS } from '../files/limits.js';
import type { Sample } from './sample.js';

/** By path: what was read, and when. */
const known = new Map<string, { readonly stamp: string; readonly digest: string }>();

/** Bytes that are read at a time. */
const PIECE = 2 ** 20;

/**
 * SHA-256 of a file's bytes, remembered by size and times as long as the process runs; of what is no readable file of a
 * size that is taken, a word that says so. What is wrong with it, whoever decodes it says.
 */
export function digestOf(path: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    if (size > LIMITS.array.most) return 'too large';
    const stamp = [ino, size, mtimeNs, ctimeNs].join();
    const last = known.get(path);
    if (last?.stamp === stamp) return last.digest;
    const digest = readDigest(path);
    known.set(path, { stamp, digest });
    return digest;
  } catch {
    return 'unreadable';
  }
}

function readDigest(path: string): string {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece))
      hash.update(piece.subarray(0, read));
    return hash.digest('hex');
  } finally {
    closeSync(file);
  }
}

/** The size of a file, which says less but takes no time. */
export function sizeOf(path: string): string {
  try {
    return String(statSync(path).size);
  } catch {
    return 'unreadable';
  }
}

/** SHA-256 over ids, labels and what `of` says of the files of samples, in order of id. */
export function hashSamples(samples: readonly Sample[], of: (path: string) => string): string {
  const hash = createHash('sha256');
  const sorted = samples.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, labels, difficult = [], path, annotation, excerpt, text } of sorted) {
    // A document is all that counts of its file.
    const files = text ? [] : [path, ...(annotation === undefined ? [] : [annotation])].map(of);
    const part = text ? [text] : excerpt ? [excerpt.first] : [];
    hash.update(`${JSON.stringify([id, labels, difficult, ...files, ...part])}\n`);
  }
  return hash.digest('hex');
}
