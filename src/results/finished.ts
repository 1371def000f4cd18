import { existsSync } from 'node:fs';
import { mismatch } from '../errors.js';
import type { UnitResult } from '../evaluation/unit.js';
import type { RunRecord } from '../experiment/definition.js';
import { type Collection, collect } from './collect.js';
import { ResultsDirectory } from './directory.js';
import { indexJournal, readUnits } from './journal.js';
import type { Selection } from './selection.js';

/** A finished run, as it lies in its directory. */
export interface FinishedRun {
  readonly directory: ResultsDirectory;
  readonly record: RunRecord;
  readonly selection: Selection;
  readonly collection: Collection;
}

/**
 * Reads a run's directory; nothing is written.
 * @throws InputError when it is no run's, or the run is not finished
 */
export async function readFinished(path: string): Promise<FinishedRun> {
  const directory = new ResultsDirectory(path);
  const record = await directory.readRecord();
  if (!existsSync(directory.file('summary.json'))) {
    throw mismatch({
      what: 'run',
      where: path,
      expected: 'a finished one (summary.json)',
      got: 'one to be resumed, or a shard to be merged',
    });
  }
  const selection = await directory.readSelection();
  const index = await indexJournal(directory.journal);
  const units = readUnits<UnitResult>(directory.journal, index, index.lines.keys());
  return { directory, record, selection, collection: await collect(units) };
}
