import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { vi } from 'vitest';
import { runCli } from '../../src/cli/cli.js';

export interface Ended {
  /** Exit code; -1 when a signal ended the process. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  /** Folder with dist/ in it. */
  readonly built?: string;
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The built project: folder with dist/ in it. */
export const BUILT = resolve('.');

/** The built command line as a program and its first arguments. */
export function commandOf(built = BUILT): [string, string] {
  return [process.execPath, join(built, 'dist', 'cli', 'main.js')];
}

/** Starts any program. */
export function start(
  [program, ...args]: readonly [string, ...string[]],
  { cwd = BUILT, env }: Omit<StartOptions, 'built'> = {},
): Running {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => done({ code: code ?? -1, signal, stdout, stderr }));
  });
  return { pid: child.pid as number, ended, kill: (signal) => child.kill(signal) };
}

/** Starts the built command line in a process of its own; `run` with one worker unless it is given another number. */
export function startHeatproof(args: readonly string[], { built, ...options }: StartOptions = {}): Running {
  return start([...commandOf(built), ...args, ...workersOf(args)], options);
}

/** To start a thread takes longer than a test's run gains by it. */
function workersOf(args: readonly string[]): string[] {
  return args[0] === 'run' && !args.includes('--workers') ? ['--workers', '1'] : [];
}

/** Runs the built command line in a process of its own. */
export function heatproof(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startHeatproof(args, options).ended;
}

/** Runs the command line from its sources, in this process: for commands that start no workers. */
export function heatproofHere(args: readonly string[]): Promise<Ended> {
  return caught(() => runCli([...args]));
}

/**
 * Runs the built command line in this process, its workers in threads: where nothing ends it, that takes two thirds of the
 * time of a process of its own.
 */
export async function builtHere(
  args: readonly string[],
  { built = BUILT, cwd = BUILT }: Omit<StartOptions, 'env'> = {},
): Promise<Ended> {
  const { runCli } = await import(pathToFileURL(join(built, 'dist', 'cli', 'cli.js')).href);
  process.chdir(cwd);
  try {
    return await caught(() => runCli([...args, ...workersOf(args)]));
  } finally {
    process.chdir(BUILT);
  }
}

/** How a command line ends, with what it prints. */
async function caught(run: () => Promise<number>): Promise<Ended> {
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
    const code = await run();
    return { code, signal: null, stdout, stderr };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}
