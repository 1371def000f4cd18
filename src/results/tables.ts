import type { AnyFamily, TableFile } from '../evaluation/families/family.js';
import type { MethodRow } from '../evaluation/families/rows.js';
import { recordOf, type UnitResult } from '../evaluation/unit.js';
import { type CsvRow, writeCsv } from '../files/csv.js';
import { type Estimate, intervalOf } from '../metrics/estimate.js';
import type { ResultsDirectory } from './directory.js';
import type { Finding } from './findings.js';

/** Writes the CSV files of every family that was asked for. */
export async function writeTables(
  directory: ResultsDirectory,
  findings: readonly Finding[],
  units: () => AsyncIterable<UnitResult>,
): Promise<void> {
  for (const { family, found } of findings) {
    for (const list of family.lists ?? []) {
      const columns = ['image', 'class', 'method', ...list.columns(found.config), 'network'];
      await writeCsv(directory.file(list.file), columns, listRows(family, list.lines, units()));
    }
    for (const table of family.tables) {
      if (table.asked && !table.asked(found.config)) continue;
      const rows = found.sections[table.section] as readonly MethodRow[];
      const columns = columnsOf(table, found.config);
      const cells = rows.map((row) => csvRow(row, table));
      await writeCsv(directory.file(table.file), columns, cells);
    }
  }
}

/** The lines of every explanation that a family measured, straight from the journal: there may be very many. */
async function* listRows(
  family: AnyFamily,
  lines: (recorded: unknown) => Iterable<CsvRow<string>>,
  units: AsyncIterable<UnitResult>,
): AsyncGenerator<CsvRow<string>> {
  for await (const unit of units) {
    if (unit.status !== 'done') continue;
    const { image, network } = unit;
    for (const explanation of unit.explanations) {
      const recorded = recordOf(explanation, family);
      if (recorded === undefined) continue;
      const { class: name, method } = explanation;
      for (const line of lines(recorded)) yield { image, class: name, method, network, ...line };
    }
  }
}

/** Columns of a table: its keys, then those of each metric. */
function columnsOf(table: TableFile<unknown>, config: unknown): string[] {
  const metrics = table.metrics(config).flatMap((id) => metricColumns(id, id === table.main));
  return [...table.keys, ...metrics, 'network'];
}

/** A table's row as it stands in the CSV file. */
function csvRow({ metrics, ...keys }: MethodRow, { main }: TableFile<unknown>): CsvRow<string> {
  const cells = Object.entries(metrics).map(([id, estimate]) => metricCells(id, estimate, id === main));
  return Object.assign({ ...keys }, ...cells);
}

/** The columns of a metric: its value, the interval, how that was made, and of how many images. */
export function metricColumns(id: string, main = false): [string, string, string, string, string] {
  const ends = main ? ['ci_low', 'ci_high'] : [`${id}_ci_low`, `${id}_ci_high`];
  return [id, ...(ends as [string, string]), `${id}_interval`, `${id}_images`];
}

/** What stands in the columns of a metric. */
export function metricCells(id: string, estimate: Estimate, main = false): CsvRow<string> {
  const { value, low, high, images } = estimate;
  const [column, from, to, interval, count] = metricColumns(id, main);
  return { [column]: value, [from]: low, [to]: high, [interval]: intervalOf(estimate), [count]: images };
}
