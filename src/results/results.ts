import { mismatch } from '../errors.js';
import { type UnitResult, unitKeys } from '../evaluation/unit.js';
import type { ConservationRecord } from '../experiment/definition.js';
import { writeAtomic } from '../files/atomic.js';
import { writeReport } from '../report/html/page.js';
import { type Collection, collect } from './collect.js';
import type { ResultsDirectory } from './directory.js';
import { figuresOf, plotsOf } from './figures.js';
import { findingsOf } from './findings.js';
import { indexJournal, readUnits, writeJournal } from './journal.js';
import { networkComparisons } from './network-comparison.js';
import { type Undrawn, writePictures } from './pictures.js';
import { writeRanks } from './ranks.js';
import { reportData } from './report-data.js';
import { classPictures } from './signal-pictures.js';
import { type Summary, summarise } from './summary.js';
import { writeTables } from './tables.js';

/** What was written: all numbers, and every picture but for those that could not be drawn. */
export interface Written {
  readonly summary: Summary;
  readonly undrawn: readonly Undrawn[];
}

/**
 * Turns the journal of a complete run into result files, all numbers before the first picture: the same journal gives the
 * same bytes. The journal itself is put into the order of the plan.
 *
 * @throws InputError when the directory is not that of a complete run
 */
export async function writeResults(directory: ResultsDirectory): Promise<Written> {
  const record = await directory.readRecord();
  const { experiment } = record;
  const selection = await directory.readSelection();
  const units = await orderJournal(directory.journal, unitKeys(experiment.networks, selection.images));
  const collection = await collect(units());
  const findings = findingsOf(record, collection, selection);
  const summary = summarise(experiment, selection, collection, findings);
  await writeTables(directory, findings, units);
  await writeRanks(directory, summary);
  await directory.writeRecord({ ...record, conservation: conservationOf(collection) });
  await writeAtomic(directory.file('summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  const figures = figuresOf(findings);
  const report = {
    files: [REPORT],
    write: async () =>
      writeReport(directory.file(REPORT), await reportData(directory, { findings, summary, figures, units })),
  };
  const undrawn = await writePictures(directory, [
    ...plotsOf(directory, figures, experiment.networks.length),
    ...(await networkComparisons(directory, experiment, selection.images, units())),
    ...(await classPictures(directory, record, units())),
    report,
  ]);
  return { summary, undrawn };
}

const REPORT = 'report.html';

/** Puts the journal into the order of keys; what is returned reads its units in that order. */
async function orderJournal(path: string, keys: readonly string[]): Promise<() => AsyncIterable<UnitResult>> {
  const index = await indexJournal(path);
  const absent = keys.filter((key) => !index.lines.has(key));
  if (absent.length > 0) {
    throw mismatch({
      what: 'journal',
      where: path,
      expected: `${keys.length} units`,
      got: `${absent.length} of them missing (heatproof run --resume, or merge of a shard)`,
    });
  }
  await writeJournal(path, readUnits<UnitResult>(path, index, keys));
  const ordered = await indexJournal(path);
  return () => readUnits<UnitResult>(path, ordered, keys);
}

function conservationOf({ rows }: Collection): ConservationRecord[] {
  return rows.flatMap(({ network, image, class: name, method, conservation }) =>
    conservation ? [{ network, image, class: name, method, ...conservation }] : [],
  );
}
