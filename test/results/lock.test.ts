import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { hostHere } from '../../src/files/claim.js';
import { lockDirectory } from '../../src/results/lock.js';

const LOCK = resolve('dist/results/lock.js');
const root = mkdtempSync(join(tmpdir(), 'heatproof-lock-'));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(root, 'run-'));
});
afterAll(() => rmSync(root, { recursive: true }));

/** A process that runs `code` with `lockDirectory` and `folder` at hand. */
function processWith(code: string): ChildProcess {
  const head = `const { lockDirectory } = await import(${JSON.stringify(LOCK)}); const folder = ${JSON.stringify(folder)};`;
  return spawn(process.execPath, ['--input-type=module', '-e', `${head}${code}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Leaves the lock of a process that was killed. */
async function leaveStale(): Promise<void> {
  const holder = processWith(
    `await lockDirectory(folder); console.log('held'); setInterval(() => {}, 1000);`,
  );
  await once(holder.stdout as NodeJS.ReadableStream, 'data');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(readdirSync(folder)).toHaveLength(1);
}

describe('lockDirectory', () => {
  it('refuses a second holder until the first releases', async () => {
    const lock = await lockDirectory(folder);
    await expect(lockDirectory(folder)).rejects.toThrow(`in use by process ${process.pid} on ${hostHere()}`);
    await lock.release();
    await (await lockDirectory(folder)).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses another process while one holds it, and takes over once that is killed', async () => {
    const holder = processWith(
      `await lockDirectory(folder); console.log('held'); setInterval(() => {}, 1000);`,
    );
    await once(holder.stdout as NodeJS.ReadableStream, 'data');
    await expect(lockDirectory(folder)).rejects.toThrow(`in use by process ${holder.pid} on`);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await lockDirectory(folder)).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over a lock whose process id another process got since', async () => {
    writeFileSync(join(folder, `run.lock.${process.ppid}.1.${hostHere()}`), '');
    await (await lockDirectory(folder)).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['elsewhere', `${hostHere()}~4026532000`])(
    'leaves the lock of another machine or container alone, and says which file it is: %s',
    async (host) => {
      const lock = `run.lock.1.1.${host}`;
      writeFileSync(join(folder, lock), '');
      await expect(lockDirectory(folder)).rejects.toThrow(
        `process 1 on ${host} (if it is gone, delete ${join(folder, lock)})`,
      );
      expect(readdirSync(folder)).toEqual([lock]);
    },
  );

  it('never has two holders when processes race for a stale lock', async () => {
    await leaveStale();
    const start = Date.now() + 700;
    const contender = `
      const { openSync, closeSync, rmSync } = await import('node:fs');
      while (Date.now() < ${start}) {}
      for (let i = 0; i < 20; i++) {
        try {
          const lock = await lockDirectory(folder);
          closeSync(openSync(folder + '/held', 'wx'));
          await new Promise((done) => setTimeout(done, 2));
          rmSync(folder + '/held');
          await lock.release();
          console.log('held');
        } catch (error) {
          console.log(error.message.includes('in use by') ? 'refused' : error.message);
        }
      }`;
    const outputs = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const child = processWith(contender);
        let output = '';
        child.stdout?.on('data', (data) => {
          output += data;
        });
        await once(child, 'close');
        return output.trim().split('\n');
      }),
    );
    const answers = outputs.flat();
    expect(answers).toHaveLength(120);
    expect([...new Set(answers)].sort()).toEqual(['held', 'refused']);
    expect(answers.filter((answer) => answer === 'held').length).toBeGreaterThan(20);
    expect(readdirSync(folder)).toEqual([]);
  });
});
