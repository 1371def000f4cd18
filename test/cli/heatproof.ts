import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { vi } from 'vitest';
import { runCli } from '../../src/cli/cli.js';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built project: folder with dist/ in it. */
export const BUILT = resolve('.');

/** Runs the built command line in a process of its own. */
export function heatproof(args: readonly string[], { built = BUILT, cwd = BUILT } = {}): Promise<Ended> {
  return new Promise((done, fail) => {
    execFile(
      process.execPath,
      [join(built, 'dist', 'cli', 'main.js'), ...args],
      { cwd, maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number') fail(error);
        else done({ code: Number(error?.code ?? 0), stdout, stderr });
      },
    );
  });
}

/** Runs the command line from its sources, in this process: for commands that start no workers. */
export async function heatproofHere(args: string[]): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
  try {
    const code = await runCli(args);
    return { code, stdout, stderr };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}
