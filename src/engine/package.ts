import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { messageOf, mismatch } from '../errors.js';

const require = createRequire(import.meta.url);

/** The version of a package, or undefined where it is not installed. */
export function packageVersion(name: string): string | undefined {
  try {
    let folder = dirname(require.resolve(name));
    while (!folder.endsWith(normalize(name)) && folder !== dirname(folder)) folder = dirname(folder);
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** A package as `name version`. */
export function withVersion(name: string): string {
  return `${name} ${packageVersion(name) ?? '(not installed)'}`;
}

/** Packages that an engine runs on, as users call them, and what to do where they do not load. */
interface Needed {
  readonly engine: string;
  readonly name: string;
  readonly wayOut: string;
}

/**
 * Loads what an engine runs on.
 * @throws InputError that says what to do where it does not load: processors and systems differ in what they have binaries for
 */
export async function loadPackage<T>({ engine, name, wayOut }: Needed, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw mismatch({
      what: `engine ${engine}`,
      where: `${process.platform} ${process.arch}`,
      expected: `${name} to load`,
      got: `${reasonFor(error)}; ${wayOut}`,
    });
  }
}

/** Why a package does not load, in words for the cases that users meet. */
function reasonFor(error: unknown): string {
  const message = messageOf(error);
  const { code } = error as { code?: unknown };
  if (/Cannot find (package|module)/.test(message)) {
    return process.platform === 'darwin' && process.arch === 'x64'
      ? 'no binary: there is none for Macs with Intel processors'
      : 'no such package or binary';
  }
  const glibc = /version `(GLIBC\w*_[\d.]+)' not found/.exec(message)?.[1];
  if (glibc) return `a system that is too old for its binary, which needs ${glibc}`;
  if (code === 'ERR_DLOPEN_FAILED' && isMusl()) return 'a system with musl, and its binary needs glibc';
  return message.slice(0, 300);
}

function isMusl(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return process.platform === 'linux' && report?.header?.glibcVersionRuntime === undefined;
}
