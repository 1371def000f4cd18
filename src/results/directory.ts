import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDirectory } from '../datasets/layout.js';
import { InputError, mismatch } from '../errors.js';
import { FAMILIES } from '../evaluation/families/table.js';
import type { Experiment } from '../experiment/config.js';
import type { RunRecord } from '../experiment/definition.js';
import { differences } from '../experiment/differences.js';
import { isTemporary, removeTemporaries, writeAtomic } from '../files/atomic.js';
import { parseJson } from '../files/json-document.js';
import { readUserText } from '../files/user-file.js';
import { isLockFile, lockDirectory } from './lock.js';
import type { Selection } from './selection.js';
import { checkRecord, checkSelection } from './state.js';

/** `fresh` needs an empty directory, `overwrite` may replace a run, `resume` goes on with a run if there is one. */
export type Mode = 'fresh' | 'overwrite' | 'resume';

/** The files of a results directory (contract). */
export class ResultsDirectory {
  constructor(readonly path: string) {}

  get record() {
    return join(this.path, 'run.json');
  }
  get journal() {
    return join(this.path, 'journal.jsonl');
  }
  get selection() {
    return join(this.path, 'selection.json');
  }
  get timings() {
    return join(this.path, 'timings.csv');
  }
  get heatmaps() {
    return join(this.path, 'heatmaps');
  }
  get plots() {
    return join(this.path, 'plots');
  }
  file(name: string) {
    return join(this.path, name);
  }

  /** Reads run.json. @throws InputError when the directory is no run's */
  async readRecord(): Promise<RunRecord> {
    return checkRecord(this.#read(this.record), this.record);
  }

  /** Reads selection.json. @throws InputError when the run has not come as far as that */
  async readSelection(): Promise<Selection> {
    return checkSelection(this.#read(this.selection), this.selection);
  }

  /** The day on which the last image was evaluated (UTC), while there is a timings.csv that tells. */
  async day(): Promise<string | undefined> {
    try {
      return (await stat(this.timings)).mtime.toISOString().slice(0, 10);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #read(file: string): unknown {
    if (existsSync(file)) return parseJson(readUserText(file, 'record'), 'run directory', file);
    const expected = `a readable ${basename(file)}`;
    throw mismatch({ what: 'run directory', where: this.path, expected, got: 'none' });
  }

  async writeRecord(record: RunRecord): Promise<void> {
    await writeAtomic(this.record, `${JSON.stringify(record, null, 2)}\n`);
  }

  async writeSelection(selection: Selection): Promise<void> {
    await writeAtomic(this.selection, `${JSON.stringify(selection, null, 2)}\n`);
  }

  /** Makes the directory, without anything in it. */
  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true });
  }

  /**
   * Works in the directory as the only process that does.
   *
   * @throws InputError when there is no such directory, or another process works in it
   */
  async use<T>(work: () => Promise<T>): Promise<T> {
    if (!isDirectory(this.path))
      throw mismatch({ what: 'results directory', where: this.path, expected: 'a folder', got: 'none' });
    const lock = await lockDirectory(this.path);
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  /**
   * Makes the directory ready for a run.
   *
   * @throws InputError when the directory is not as the mode needs it; with `resume`, what has changed
   */
  async prepare(mode: Mode, record: RunRecord): Promise<void> {
    const files = (await readdir(this.path)).filter((name) => !isLockFile(name) && !isTemporary(name));
    const hasRun = files.includes(basename(this.record));
    if (mode === 'resume' && hasRun) {
      const changed = changes(await this.readRecord(), record);
      if (changed.length > 0)
        throw new InputError(`cannot resume (${this.path}), changed since: ${changed.join('; ')}`);
    } else {
      if (files.length > 0) this.#checkReplaceable(mode, hasRun, files.length);
      await this.#empty(files);
      await this.writeRecord(record);
    }
    await removeTemporaries(this.path);
  }

  #checkReplaceable(mode: Mode, hasRun: boolean, files: number): void {
    if (mode === 'overwrite' && hasRun) return;
    throw mismatch({
      what: 'results directory',
      where: this.path,
      expected: mode === 'fresh' ? 'an empty one' : 'one with a run in it (run.json), or an empty one',
      got: hasRun ? 'a run (go on with it by --resume, replace it by --overwrite)' : `${files} other files`,
    });
  }

  /** Deletes a run: the journal first and run.json last, so that a half-deleted run is never taken for a whole one. */
  async #empty(files: readonly string[]): Promise<void> {
    const [first, last] = [basename(this.journal), basename(this.record)];
    const others = files.filter((name) => name !== first && name !== last);
    for (const name of [first, ...others, last])
      await rm(join(this.path, name), { recursive: true, force: true });
  }
}

/** What must be the same for units to belong to one run: everything but the machine and where files lie. */
function essence({ heatproof, definition, experiment, shard }: RunRecord) {
  const { name, methods, composites, heatmaps } = experiment;
  return {
    ...definition,
    ...switchesOf(experiment),
    ...{ name, methods, composites, heatmaps, shard, heatproof },
  };
}

/** Families that are only on or off differ as they do in the config. */
function switchesOf(experiment: Experiment): Record<string, unknown> {
  const switches = FAMILIES.map(({ key }) => [key, experiment[key]] as const);
  return Object.fromEntries(switches.filter(([, value]) => typeof value === 'boolean'));
}

/** How two runs differ that should be one, as "key: old -> new". */
export function changes(before: RunRecord, after: RunRecord): string[] {
  return differences(essence(before), essence(after));
}
