import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Dice } from './dice.js';
import { type Kind, kindsIn } from './files.js';
import { type Answer, Watched } from './watched.js';

/** Bytes that reading one small file may take. */
const MOST_MEMORY = 2 ** 29;

const folder = mkdtempSync(join(tmpdir(), 'heatproof-fuzz-'));
const watched = new Watched();
let kinds: Record<string, Kind>;
beforeAll(async () => {
  kinds = await kindsIn(folder);
});
afterAll(() => {
  watched.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What is wrong with an answer, if anything: done (or a gate that failed) in silence or with notes, or one line and code 2. */
function fault({ code, told, grown }: Answer): string | undefined {
  if (grown > MOST_MEMORY) return `took ${grown} bytes`;
  const sound = code === 2 ? /^(heatproof: [^\n]+\n)+$/.test(told) : [0, 1].includes(code);
  return sound ? undefined : `code ${code}: ${told}`;
}

it('at least 2,000 mutants of every kind of file are read or refused in a line, in bounded time and memory', async () => {
  let read = 0;
  for (const [name, { mutants, write }] of Object.entries(kinds)) {
    const dice = new Dice(name);
    expect(await watched.read(write()), name).toMatchObject({ code: 0 });
    for (let i = 0; i < mutants; i++, read++) {
      expect(fault(await watched.read(write(dice))), `${name}, mutant ${i}`).toBeUndefined();
    }
  }
  expect(read).toBeGreaterThanOrEqual(2000);
}, 600_000);
