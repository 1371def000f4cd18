import { basename } from 'node:path';
import { fetchSource } from '../fetch/fetch.js';
import { folderOf, namedSource, SOURCES, type Source } from '../fetch/sources.js';
import type { OptionsOf } from './command.js';
import type { fetchCommand } from './options/fetch.js';
import { print, say } from './output.js';
import { BYTES, createProgress, megabytes } from './progress.js';
import { shellQuote } from './shell.js';

export function fetch(options: OptionsOf<typeof fetchCommand>): Promise<void> {
  return runFetch(options, SOURCES);
}

export type FetchOptions = Pick<OptionsOf<typeof fetchCommand>, 'name' | 'out' | 'list' | 'json' | 'quiet'>;

/**
 * Fetches one source of a table. Standard output gets only the line that tells a shell, and so every config, where
 * the files are; licence and progress go to standard error.
 */
export async function runFetch(
  { name, out, list, json, quiet }: FetchOptions,
  sources: Readonly<Record<string, Source>>,
): Promise<void> {
  if (list && json) {
    print(`${JSON.stringify(sources, null, 2)}\n`);
    return;
  }
  if (list) {
    const entries = Object.entries(sources).map(([key, source]) => describe(key, source));
    print(`${entries.join('\n\n')}\n`);
    return;
  }
  const source = namedSource(name, sources);
  const folder = folderOf(source, out);
  const line = (text: string) => say(`${text}\n`);
  line(`${name}: ${source.what}\nlicence: ${source.licence}`);
  const note = quiet ? () => {} : line;
  await fetchSource(source, folder, {
    note,
    start({ path, bytes: total }) {
      const { update, end } = createProgress(basename(path), { quiet, counted: BYTES });
      return { received: (bytes) => update(bytes, total), end };
    },
  });
  note('configs find it through this variable:');
  print(`export ${source.variable}=${shellQuote(folder)}\n`);
}

function describe(name: string, { what, licence, home, variable, folder, files }: Source): string {
  const size = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    `${name}  (${megabytes(size)} MB)`,
    `  ${what}`,
    `  licence: ${licence}`,
    `  page:    ${home}`,
    `  folder:  $${variable}, or ${folder}`,
    ...files.map(({ url }) => `  file:    ${url}`),
  ].join('\n');
}
