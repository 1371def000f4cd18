import { fetchSource } from '../fetch/fetch.js';
import { folderOf, namedSource, SOURCES, type Source } from '../fetch/sources.js';

export interface FetchOptions {
  /** Default: what the source's environment variable names, else a folder below the working directory. */
  readonly out?: string;
  /** Told what happens to each file. */
  readonly onNote?: (note: string) => void;
}

/** What {@link fetch} gets, by name: sizes, licences, addresses, digests. */
export function listSources(): Readonly<Record<string, Source>> {
  return SOURCES;
}

/**
 * Downloads a network or data set from its official location and verifies it, as `heatproof fetch` does; what is there already
 * is only verified. Its licence is in {@link listSources}.
 *
 * @returns the folder with its files
 * @throws InputError for an unknown name, or a file that cannot be had or is not the published one
 */
export async function fetch(name: string, { out, onNote = () => {} }: FetchOptions = {}): Promise<string> {
  const source = namedSource(name, SOURCES);
  const folder = folderOf(source, out);
  await fetchSource(source, folder, { note: onNote, start: () => ({ received() {}, end() {} }) });
  return folder;
}
