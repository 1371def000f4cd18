import { mismatch } from '../errors.js';
import type { UnitResult } from '../evaluation/unit.js';
import type { Experiment } from '../experiment/config.js';
import type { ConservationRecord } from '../experiment/definition.js';
import { writeAtomic } from '../files/atomic.js';
import { type CsvRow, writeCsv } from '../files/csv.js';
import { AOPC_METRICS } from '../metrics/aopc.js';
import { createBootstrap } from '../metrics/bootstrap.js';
import { BOX_METRICS } from '../metrics/boxes.js';
import { COMPLEXITY_METRICS } from '../metrics/complexity.js';
import { ROBUSTNESS_METRICS } from '../metrics/robustness.js';
import { writeReport } from '../report/html/page.js';
import { type Collection, collect } from './collect.js';
import type { ResultsDirectory } from './directory.js';
import { indexJournal, readUnits, writeJournal } from './journal.js';
import { drawNetworkComparisons } from './network-comparison.js';
import { drawPlots } from './plots.js';
import { reportData } from './report-data.js';
import { SANITY_COLUMNS, sanityTable, sanityVerdicts } from './sanity-table.js';
import { type Selection, unitKeys } from './selection.js';
import {
  accuracyOf,
  averagePrecisionOf,
  bootstrapOptions,
  flaggedOf,
  rankingsOf,
  type Summary,
  unmeasuredOf,
} from './summary.js';
import {
  aopcTable,
  columnsOf,
  complexityTable,
  contextTable,
  csvRow,
  RENDERING_COLUMNS,
  robustnessTable,
} from './tables.js';

/**
 * Turns the journal of a complete run into result files: the same journal gives the same bytes. The journal itself is put
 * into the order of the plan.
 *
 * @throws InputError when the directory is not that of a complete run
 */
export async function writeResults(directory: ResultsDirectory): Promise<Summary> {
  const record = await directory.readRecord();
  const { experiment } = record;
  const selection = await directory.readSelection();
  const units = await orderJournal(directory.journal, unitKeys(experiment, selection));
  const collection = await collect(units());
  const summary = summarise(experiment, selection, collection);
  await writeTables(directory, experiment, collection, summary, units);
  await drawPlots(directory, experiment, collection, summary);
  if (experiment.networks.length > 1) {
    await drawNetworkComparisons(directory.heatmaps, experiment, selection.images);
  }
  await directory.writeRecord({ ...record, conservation: conservationOf(collection) });
  await writeAtomic(directory.file('summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  await writeReport(directory.file('report.html'), await reportData(directory, collection, summary, units));
  return summary;
}

/** Puts the journal into the order of keys; what is returned reads its units in that order. */
async function orderJournal(path: string, keys: readonly string[]): Promise<() => AsyncIterable<UnitResult>> {
  const index = await indexJournal(path);
  const absent = keys.filter((key) => !index.lines.has(key));
  if (absent.length > 0) {
    throw mismatch({
      what: 'journal',
      where: path,
      expected: `${keys.length} units`,
      got: `${absent.length} of them missing (heatproof run --resume)`,
    });
  }
  await writeJournal(path, readUnits<UnitResult>(path, index, keys));
  const ordered = await indexJournal(path);
  return () => readUnits<UnitResult>(path, ordered, keys);
}

function summarise(experiment: Experiment, selection: Selection, collection: Collection): Summary {
  const bootstrap = createBootstrap(bootstrapOptions(experiment));
  const { rows, images, leftOut } = collection;
  const left = (status: 'skipped' | 'failed') =>
    leftOut
      .filter((one) => one.status === status)
      .map(({ network, image, reason }) => ({ network, image, reason }));
  return {
    name: experiment.name,
    images: {
      done: images.length,
      skipped: left('skipped'),
      failed: [...selection.unreadable, ...left('failed')],
      missing: selection.missing,
      misclassified: selection.misclassified.length,
    },
    accuracy: accuracyOf(collection),
    averagePrecision: averagePrecisionOf(collection),
    methods: aopcTable(collection, bootstrap),
    rankings: rankingsOf(rows, bootstrap, experiment.statistics),
    context: experiment.boxes ? contextTable(collection, experiment.boxes, bootstrap) : [],
    complexity: complexityTable(collection, bootstrap),
    robustness: robustnessTable(collection, bootstrap),
    sanity: sanityTable(collection, bootstrap),
    reactions: experiment.sanity ? sanityVerdicts(collection, experiment.sanity.threshold) : [],
    unmeasured: unmeasuredOf(collection),
    flagged: flaggedOf(rows),
  };
}

function conservationOf({ rows }: Collection): ConservationRecord[] {
  return rows.flatMap(({ network, image, class: name, method, conservation }) =>
    conservation ? [{ network, image, class: name, method, ...conservation }] : [],
  );
}

async function writeTables(
  directory: ResultsDirectory,
  { perturbation, boxes, complexity, robustness, sanity }: Experiment,
  { rows }: Collection,
  summary: Summary,
  units: () => AsyncIterable<UnitResult>,
): Promise<void> {
  if (perturbation) {
    await writeCsv(directory.file('curves.csv'), CURVE_COLUMNS, curveRows(units()));
    const columns = columnsOf(
      ['method', 'images'],
      AOPC_METRICS.map(({ id }) => id),
    );
    await writeCsv(directory.file('aopc.csv'), columns, summary.methods.map(csvRow));
  }
  if (boxes) {
    const metrics = boxes.metrics.map((id) => BOX_METRICS[id].id);
    const values = [...metrics, 'mean_outside', 'mean_inside'];
    const measured = rows.filter((row) => row.boxes !== undefined);
    await writeCsv(
      directory.file('boxes.csv'),
      ['image', 'class', 'method', ...values, 'network'],
      measured.map(({ image, class: name, method, network, boxes }) => ({
        image,
        class: name,
        method,
        network,
        ...boxes,
      })),
    );
    await writeCsv(
      directory.file('context.csv'),
      columnsOf(['class', 'method', 'images'], metrics),
      summary.context.map(csvRow),
    );
  }
  if (complexity) {
    const columns = columnsOf(
      ['method', 'images'],
      [...COMPLEXITY_METRICS.map(({ id }) => id), ...RENDERING_COLUMNS],
    );
    await writeCsv(directory.file('complexity.csv'), columns, summary.complexity.map(csvRow));
  }
  if (robustness) {
    const columns = columnsOf(
      ['method', 'images'],
      ROBUSTNESS_METRICS.map(({ id }) => id),
    );
    await writeCsv(directory.file('robustness.csv'), columns, summary.robustness.map(csvRow));
  }
  if (sanity) {
    const columns = columnsOf(['method', 'layers', 'layer', 'images'], SANITY_COLUMNS);
    await writeCsv(directory.file('sanity.csv'), columns, summary.sanity.map(csvRow));
  }
}

const CURVE_COLUMNS = ['image', 'class', 'method', 'order', 'repeat', 'step', 'score', 'network'];

async function* curveRows(units: AsyncIterable<UnitResult>): AsyncGenerator<CsvRow<string>> {
  for await (const unit of units) {
    if (unit.status !== 'done') continue;
    const { image, network } = unit;
    for (const { class: name, method, curves = {} } of unit.explanations) {
      for (const [order, repeats] of Object.entries(curves)) {
        for (const [repeat, scores] of repeats.entries()) {
          for (const [step, score] of scores.entries()) {
            yield { image, class: name, method, order, repeat, step, score, network };
          }
        }
      }
    }
  }
}
