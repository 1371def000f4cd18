import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { takenForOne } from '../../src/files/taken-for-one.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof-names-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it.each([
  ['Boat', 'boat'],
  ['é', 'e\u0301'],
  ['STRASSE', 'straße'],
])('%s and %s are told apart exactly where the file system does', async (one, other) => {
  writeFileSync(join(folder, one), '');
  const expected = existsSync(join(folder, other)) ? [one, other] : undefined;
  rmSync(join(folder, one));
  expect(await takenForOne(folder, ['clock', one, 'balloon', other, one])).toEqual(expected);
  expect(readdirSync(folder)).toEqual([]);
});
