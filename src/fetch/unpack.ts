import { mkdir, stat } from 'node:fs/promises';
import { extract, list, type ReadEntry } from 'tar';
import { InputError, messageOf, mismatch } from '../errors.js';

const FILE_TYPES = new Set(['File', 'OldFile', 'ContiguousFile']);

/**
 * Unpacks an uncompressed tar into a folder, without the archive's own top folder. Nothing is written unless every
 * entry is a file or folder that stays inside. What is there already is replaced.
 *
 * @returns the number of files
 * @throws InputError for links and devices, for paths that lead outside, and for a broken or compressed archive
 */
export async function unpack(archive: string, folder: string): Promise<number> {
  const { size } = await stat(archive);
  let files = 0;
  let bytes = 0;
  let problem: string | undefined;
  const examine = (entry: ReadEntry) => {
    if (FILE_TYPES.has(entry.type)) files++;
    bytes += entry.size;
    problem ??= problemOf(entry);
  };
  try {
    await list({ file: archive, strict: true, onReadEntry: examine });
    if (problem === undefined && bytes > size) problem = `${bytes} bytes in an archive of ${size}`;
    if (problem === undefined) {
      await mkdir(folder, { recursive: true });
      await extract({
        file: archive,
        cwd: folder,
        strip: 1,
        strict: true,
        preserveOwner: false,
        filter: (_, entry) => withoutPrivileges(entry as ReadEntry),
      });
    }
  } catch (error) {
    throw new InputError(`cannot unpack ${archive}: ${messageOf(error)}`);
  }
  if (problem !== undefined) {
    throw mismatch({
      what: 'archive',
      where: archive,
      expected: 'files and folders that stay inside it',
      got: problem,
    });
  }
  return files;
}

/** Nothing that is unpacked runs as another user, whoever unpacks it. */
function withoutPrivileges(entry: ReadEntry): true {
  entry.mode = (entry.mode ?? 0o644) & 0o777;
  return true;
}

function problemOf({ type, path }: ReadEntry): string | undefined {
  // Quoted, so that a name cannot send control characters to the terminal.
  const name = JSON.stringify(path);
  if (!FILE_TYPES.has(type) && type !== 'Directory') return `${type} ${name}`;
  const leaves = path.startsWith('/') || /[\\\0]|^[a-z]:/i.test(path) || path.split('/').includes('..');
  return leaves ? `path ${name}` : undefined;
}
