import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineFile } from '../../src/files/line-file.js';
import { indexJournal, journalLine, readUnits, type Unit, writeJournal } from '../../src/results/journal.js';

const units = ['a', 'b', 'c', 'é\n"'].map((key, i) => ({ key, status: 'done', value: i / 3 }));
const whole = Buffer.from(units.map((unit) => `${journalLine(unit)}\n`).join(''));

describe('journal', () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof-journal-'));
    path = join(folder, 'journal.jsonl');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = async (keys = units.map(({ key }) => key)) => {
    const found: Unit[] = [];
    for await (const unit of readUnits(path, await indexJournal(path), keys)) found.push(unit);
    return found;
  };

  it('gives units back in the order asked for; a missing file has none', async () => {
    rmSync(path, { force: true });
    expect(await indexJournal(path)).toEqual({ lines: new Map(), damaged: 0 });
    writeFileSync(path, whole);
    expect(await read(['c', 'nobody', 'a'])).toEqual([units[2], units[0]]);
  });

  it('counts the last line of a unit that was done again', async () => {
    writeFileSync(path, whole);
    appendFileSync(path, `${journalLine({ ...units[1], value: 9 } as Unit)}\n`);
    expect((await read())[1]).toEqual({ ...units[1], value: 9 });
  });

  it('loses only the line that was torn, wherever it was', async () => {
    let start = 0;
    for (const [i, unit] of units.entries()) {
      const length = Buffer.byteLength(journalLine(unit));
      for (const kept of [0, 1, 2, 30, length - 2, length - 1, length, length + 1]) {
        writeFileSync(path, whole.subarray(0, start + kept));
        const file = await LineFile.open(path);
        await file.append(journalLine({ key: 'next', status: 'done' }));
        await file.close();
        const { lines, damaged } = await indexJournal(path);
        const intact = units.slice(0, kept >= length ? i + 1 : i).map(({ key }) => key);
        expect([...lines.keys()]).toEqual([...intact, 'next']);
        expect(damaged).toBe(kept > 0 && kept < length ? 1 : 0);
      }
      start += length + 1;
    }
  });

  it('never takes a damaged unit for an intact one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const bytes = Buffer.from(whole);
        bytes[place] = (bytes[place] as number) ^ change;
        writeFileSync(path, bytes);
        const found = await read();
        for (const unit of found) expect(units).toContainEqual(unit);
        expect(found.length).toBeGreaterThanOrEqual(units.length - 2);
        expect((await indexJournal(path)).damaged).toBeGreaterThan(0);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('finds lines far larger than what is read at once', async () => {
    const large = { key: 'large', status: 'done', text: 'x'.repeat(3 << 20) };
    await writeJournal(
      path,
      (async function* () {
        yield large;
        yield units[0] as Unit;
      })(),
    );
    expect(await read(['a', 'large'])).toEqual([units[0], large]);
    expect(readFileSync(path, 'utf8').endsWith('}\n')).toBe(true);
  });
});
