import { estimateText } from '../evaluation/families/estimate-text.js';
import { shown, shownNumber } from '../evaluation/families/report-table.js';
import type { ResultTable } from '../report/html/data.js';
import type { BarChart } from '../report/types.js';
import { visible } from '../visible.js';
import type { ComparedMethod, ComparedMetric, Comparison, Difference } from './compare.js';

/** A table for a terminal. */
export interface TextTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly align: 'left' | 'right';
}

/** Characters of a definition's value in a terminal; the page has more of them. */
const SHOWN = 40;

/** For a terminal, a row a run: where the definitions differ, then a table a metric. */
export function textTables({ runs, definition, metrics }: Comparison): TextTable[] {
  const names = runs.map(({ name }) => name);
  /** What belongs together is named in its first row. */
  const rowsOf = (label: string, cells: (run: number) => string[]) =>
    names.map((name, run) => [run === 0 ? label.replaceAll(' ', '\u00a0') : '', name, ...cells(run)]);
  const definitions: TextTable = {
    title: 'definitions that differ',
    header: ['definition', 'run', 'value'],
    rows: definition.flatMap(({ path, values }) => rowsOf(path, (run) => [written(values[run], SHOWN)])),
    align: 'left',
  };
  const measured = metrics
    .filter(({ main }) => main)
    .map(
      ({ label, methods }): TextTable => ({
        title: label,
        header: ['method', 'run', label, `minus ${names[0]}`, 'p (Holm)'],
        rows: methods.flatMap((method) =>
          rowsOf(labelOf(method), (run) => {
            const difference = method.differences[run];
            return [
              estimateText(method.values[run] ?? undefined),
              difference ? estimateText(difference.difference) : '',
              difference ? probability(difference) : '',
            ];
          }),
        ),
        align: 'right',
      }),
    );
  return [...(definition.length > 0 ? [definitions] : []), ...measured];
}

function probability({ adjustedPValue }: Difference): string {
  return Number(adjustedPValue.toPrecision(2)).toString();
}

/** The value of a definition, cut where it is longer. */
function written(value: string | undefined, most: number): string {
  const text = visible(value ?? '–');
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function labelOf({ method, network }: ComparedMethod): string {
  return network === undefined ? method : `${method} · ${network}`;
}

/** Characters of a definition's value on the page. */
const WRITTEN = 1000;

/** Where the definitions differ; undefined where they do not. */
export function definitionTable({ runs, definition }: Comparison): ResultTable | undefined {
  if (definition.length === 0) return undefined;
  return {
    title: 'Where the definitions differ',
    rows: 'definition',
    columns: runs.map(({ name }) => ({ title: name })),
    entries: definition.map(({ path, values }) => ({
      label: path,
      cells: values.map((value) => written(value, WRITTEN)),
    })),
  };
}

/** The means of a metric, a column a run. */
export function valueTable({ runs }: Comparison, { label, methods }: ComparedMetric): ResultTable {
  return {
    title: label,
    rows: 'method',
    columns: runs.map(({ name }) => ({ title: name })),
    entries: methods.map((method) => ({
      label: labelOf(method),
      cells: method.values.map((value) => shown(value ?? undefined)),
    })),
  };
}

/** The runs minus the first, image by image; undefined where none shares an image with it. */
export function differenceTable(
  { runs, samples }: Comparison,
  { label, methods }: ComparedMetric,
): ResultTable | undefined {
  const entries = methods.flatMap((method) =>
    method.differences.flatMap((paired, i) => {
      if (!paired) return [];
      const { difference, effectSize } = paired;
      return [
        {
          label: `${labelOf(method)}: ${runs[i]?.name} − ${runs[0]?.name}`,
          cells: [shown(difference), String(difference.images), probability(paired), shownNumber(effectSize)],
        },
      ];
    }),
  );
  if (entries.length === 0) return undefined;
  return {
    title: `Paired differences: ${label}`,
    note: `The same ${samples} in both runs; paired permutation test, p after Holm's correction over the table; effect size: Cohen's d of the differences.`,
    rows: 'method and runs',
    columns: ['difference', samples, 'p (Holm)', 'effect size'].map((title) => ({ title })),
    entries,
  };
}

/** A group of bars a method, a bar a run. */
export function metricBars({ runs }: Comparison, { label, methods }: ComparedMetric): BarChart {
  return {
    title: label,
    x: label,
    groups: methods.map(labelOf),
    series: runs.map(({ name }, i) => ({
      label: name,
      bars: methods.map(({ values }) => shown(values[i] ?? undefined)),
    })),
  };
}

/** What is to be known of how the runs were paired, a sentence each. */
export function pairingNotes({ runs, samples }: Comparison): string[] {
  const [first, ...others] = runs as [Comparison['runs'][number], ...Comparison['runs']];
  return others.flatMap(({ name, images, shared, others: unlike }) => [
    ...(shared < Math.max(images, first.images)
      ? [`${name} and ${first.name} share ${shared} ${samples} (of ${images} and ${first.images})`]
      : []),
    ...(unlike.length > 0
      ? [
          `${name} has other files than ${first.name} under the names of ${unlike.length} ${samples}, which are not paired: ${unlike.slice(0, 3).join(', ')}`,
        ]
      : []),
  ]);
}
