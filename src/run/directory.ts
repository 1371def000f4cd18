import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InputError, messageOf, mismatch } from '../errors.js';
import { writeAtomic } from '../report/files.js';
import type { RunRecord } from './definition.js';
import type { Selection } from './selection.js';

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
    return (await this.#read(this.record)) as RunRecord;
  }

  /** Reads selection.json. @throws InputError when the run has not come as far as that */
  async readSelection(): Promise<Selection> {
    return (await this.#read(this.selection)) as Selection;
  }

  async #read(file: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(file, 'utf8'));
    } catch (error) {
      throw mismatch({
        what: 'run directory',
        where: this.path,
        expected: `a readable ${basename(file)}`,
        got: messageOf(error),
      });
    }
  }

  async writeRecord(record: RunRecord): Promise<void> {
    await writeAtomic(this.record, `${JSON.stringify(record, null, 2)}\n`);
  }

  /** Makes the directory, without anything in it. */
  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true });
  }

  /**
   * Makes the directory ready for a run: `fresh` needs it empty, `overwrite` empties it when an earlier run is in it,
   * `resume` needs a run with the same definition.
   *
   * @throws InputError when the directory is not as needed; with `resume`, what has changed
   */
  async prepare(mode: 'fresh' | 'overwrite' | 'resume', record: RunRecord): Promise<void> {
    if (mode === 'resume' && existsSync(this.record)) {
      const changed = differences(resumable(await this.readRecord()), resumable(record));
      if (changed.length > 0) {
        throw new InputError(
          `cannot resume (${this.path}): the experiment has changed: ${changed.join('; ')}`,
        );
      }
      return;
    }
    const entries = (await readdir(this.path)).filter((entry) => entry !== 'run.lock');
    if (entries.length > 0) {
      if (mode !== 'overwrite') {
        throw mismatch({
          what: 'results directory',
          where: this.path,
          expected: 'an empty one, --resume or --overwrite',
          got: `${entries.length} files`,
        });
      }
      if (!existsSync(this.record)) {
        throw mismatch({
          what: 'directory to overwrite',
          where: this.path,
          expected: 'an earlier run (run.json)',
          got: 'other files',
        });
      }
      await Promise.all(entries.map((entry) => rm(join(this.path, entry), { recursive: true })));
    }
    await this.writeRecord(record);
  }
}

/** What must be the same for a run to go on: everything but the machine and where the files lie. */
function resumable({ heatproof, definition, experiment, shard }: RunRecord): unknown {
  const { name, methods, perturbation, boxes, complexity, heatmaps } = experiment;
  return { heatproof, name, methods, perturbation, boxes, complexity, heatmaps, shard, definition };
}

/** The paths at which two JSON values differ, as "key: old -> new". */
export function differences(before: unknown, after: unknown, path = ''): string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differences(before[key], after[key], path ? `${path}.${key}` : key));
  }
  return [`${path}: ${JSON.stringify(before) ?? 'nothing'} -> ${JSON.stringify(after) ?? 'nothing'}`];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
