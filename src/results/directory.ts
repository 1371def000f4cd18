import { existsSync } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDirectory } from '../datasets/layout.js';
import { InputError, messageOf, mismatch } from '../errors.js';
import { FAMILIES } from '../evaluation/families/table.js';
import type { Experiment } from '../experiment/config.js';
import type { RunRecord } from '../experiment/definition.js';
import { differences } from '../experiment/differences.js';
import { isTemporary, removeTemporaries, writeAtomic } from '../files/atomic.js';
import { parseJson } from '../files/json-document.js';
import { readUserText } from '../files/user-file.js';
import { version } from '../version.js';
import { indexJournal } from './journal.js';
import { isLockFile, lockDirectory } from './lock.js';
import { discard, putBack, recover, removeEmpty, setAside } from './replacement.js';
import type { Selection } from './selection.js';
import { checkRecord, checkSelection } from './state.js';

/** `fresh` needs an empty directory, `overwrite` may replace a run, `resume` goes on with a run if there is one. */
export type Mode = 'fresh' | 'overwrite' | 'resume';

/** A run that has been given a directory. */
export interface Start {
  /** Says that a unit is written: what was replaced is deleted. */
  begun(): Promise<void>;
  /** Makes the directory as it was before, unless the run has begun or goes on with one. */
  undo(): Promise<void>;
}

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
  file(name: string) {
    return join(this.path, name);
  }

  /** Reads run.json. @throws InputError when the directory is no run's */
  async readRecord(): Promise<RunRecord> {
    return this.#checked(checkRecord, this.record);
  }

  /** Reads selection.json. @throws InputError when the run has not come as far as that */
  async readSelection(): Promise<Selection> {
    return this.#checked(checkSelection, this.selection);
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

  /** What a file holds. @throws InputError for what is amiss in it; where another heatproof wrote it, with the way out */
  #checked<T>(check: (content: unknown, where: string) => T, file: string): T {
    const content = this.#read(file);
    try {
      return check(content, file);
    } catch (error) {
      const by = (this.#read(this.record) as Partial<RunRecord> | null)?.heatproof;
      if (typeof by !== 'string') throw error;
      const origin =
        by === version
          ? `where heatproof ${by} of an earlier day wrote it,`
          : `heatproof ${by} wrote it, and this is ${version}: read it with that one, or`;
      throw new InputError(`${messageOf(error)}; ${origin} run the experiment again (--overwrite)`);
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

  /** Writes down that the data set has this hash by now. */
  async nameData(hash: string): Promise<void> {
    const record = await this.readRecord();
    if (dataHashOf(record) !== hash) await this.writeRecord(withDataHash(record, hash));
  }

  async writeSelection(selection: Selection): Promise<void> {
    await writeAtomic(this.selection, `${JSON.stringify(selection, null, 2)}\n`);
  }

  /**
   * Works in the directory as {@link use} does, and makes it if need be. When the work fails, folders that were made for it
   * and have nothing in them are removed again.
   */
  async make<T>(work: () => Promise<T>): Promise<T> {
    const first = await mkdir(this.path, { recursive: true });
    try {
      return await this.use(work);
    } catch (error) {
      if (first !== undefined) {
        let folder = this.path;
        while ((await removeEmpty(folder)) && folder !== first) folder = dirname(folder);
      }
      throw error;
    }
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
   * Makes the directory ready for a run. A run that is replaced is set aside until the new one has begun.
   *
   * @throws InputError when the directory is not as the mode needs it; with `resume`, what has changed
   */
  async prepare(mode: Mode, record: RunRecord): Promise<Start> {
    await recover(this.path, async () => (await indexJournal(this.journal)).lines.size);
    const files = (await readdir(this.path)).filter((name) => !isLockFile(name) && !isTemporary(name));
    const hasRun = files.includes(basename(this.record));
    if (mode === 'resume' && hasRun) {
      // Whether files that were measured have changed, the selection knows, image by image.
      const changed = changes(withDataHash(await this.readRecord(), dataHashOf(record)), record);
      if (changed.length > 0)
        throw new InputError(`cannot resume (${this.path}), changed since: ${changed.join('; ')}`);
      await removeTemporaries(this.path);
      return { async begun() {}, async undo() {} };
    }
    if (files.length > 0) this.#checkReplaceable(mode, hasRun, files.length);
    await removeTemporaries(this.path);
    if (hasRun) await setAside(this.path);
    let undo = () => putBack(this.path);
    try {
      await this.writeRecord(record);
    } catch (error) {
      await undo();
      throw error;
    }
    return {
      begun: async () => {
        undo = async () => {};
        await discard(this.path);
      },
      undo: () => undo(),
    };
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
}

function dataHashOf({ definition }: RunRecord): unknown {
  return (definition.dataset as Readonly<Record<string, unknown>> | undefined)?.hash;
}

function withDataHash(record: RunRecord, hash: unknown): RunRecord {
  const { definition } = record;
  return { ...record, definition: { ...definition, dataset: { ...(definition.dataset as object), hash } } };
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
  const found = differences(essence(before), essence(after));
  const ids = ({ experiment }: RunRecord) => JSON.stringify(experiment.methods);
  // What methods do is compared where their list is the same: else it says it all.
  const described = ({ definition: { methods } }: RunRecord) => ({ methods });
  return ids(before) === ids(after) ? [...found, ...differences(described(before), described(after))] : found;
}
