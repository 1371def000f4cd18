import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeAtomic } from '../../src/files/atomic.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'heatproof-files-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function* pieces(...parts: string[]) {
  yield* parts;
}

test('writes text, bytes and pieces, and makes missing directories', async () => {
  await writeAtomic(join(directory, 'a', 'b', 'text.txt'), 'zäh');
  await writeAtomic(join(directory, 'bytes'), new Uint8Array([0, 255]));
  await writeAtomic(join(directory, 'pieces'), pieces('one ', 'two'));
  expect(await readFile(join(directory, 'a', 'b', 'text.txt'), 'utf8')).toBe('zäh');
  expect([...(await readFile(join(directory, 'bytes')))]).toEqual([0, 255]);
  expect(await readFile(join(directory, 'pieces'), 'utf8')).toBe('one two');
  expect((await readdir(directory)).sort()).toEqual(['a', 'bytes', 'pieces']);
});

test('data that fail halfway leave the old file and nothing else', async () => {
  const path = join(directory, 'summary.json');
  await writeFile(path, 'old');
  async function* broken() {
    yield 'half of the ';
    throw new Error('the source dried up');
  }
  await expect(writeAtomic(path, broken())).rejects.toThrow('the source dried up');
  expect(await readFile(path, 'utf8')).toBe('old');
  expect(await readdir(directory)).toEqual(['summary.json']);
});

test('a target that cannot be replaced leaves no temporary file', async () => {
  await writeAtomic(join(directory, 'taken', 'inside'), 'x');
  await expect(writeAtomic(join(directory, 'taken'), 'y')).rejects.toThrow();
  expect(await readdir(directory)).toEqual(['taken']);
});

test('the longest name the file system takes is written', async () => {
  const name = `${'n'.repeat(251)}.png`;
  await writeAtomic(join(directory, name), 'x');
  expect(await readdir(directory)).toEqual([name]);
});

test('writers of the same file do not disturb each other', async () => {
  const path = join(directory, 'same');
  await Promise.all(['a', 'b', 'c'].map((letter) => writeAtomic(path, letter.repeat(100_000))));
  expect(await readFile(path, 'utf8')).toMatch(/^(a{100000}|b{100000}|c{100000})$/);
  expect(await readdir(directory)).toEqual(['same']);
});
