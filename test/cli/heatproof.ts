import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';

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
