import { join } from 'node:path';
import { calledOf } from '../datasets/kinds.js';
import {
  intervalText,
  numberText as number,
  studentMark,
  unknownMark,
} from '../evaluation/families/estimate-text.js';
import type { AnyFamily, AnySections, TerminalRow, TerminalTable } from '../evaluation/families/family.js';
import type { MethodRow } from '../evaluation/families/rows.js';
import { FAMILIES } from '../evaluation/families/table.js';
import { type Called, counted } from '../input/called.js';
import { type Estimate, intervalOf } from '../metrics/estimate.js';
import type { Direction } from '../metrics/metric.js';
import { doubtsOf } from '../results/doubts.js';
import { type WhyLeftOut, whyLeftOut } from '../results/left-out.js';
import { stoppingSentences } from '../results/stopping-words.js';
import { percentage, type Summary } from '../results/summary.js';
import { print } from './output.js';
import { formatTable } from './table.js';

/** Prints a run's result tables, the best value of each column marked, what was left out, and where the results are. */
export function printSummary(summary: Summary, directory: string): void {
  const families: readonly AnyFamily[] = FAMILIES;
  const called = calledOf(summary.dataset);
  const sections = summary as unknown as AnySections;
  const tables = families.flatMap((family) => family.terminal?.(sections) ?? []);
  const shown = tables.filter(({ rows }) => rows.length > 0);
  const known = families.flatMap((family) => family.notes?.(sections, called) ?? []);
  const parts = [
    ...shown.map((table) => tableOf(table, called)),
    legend(shown, called),
    ...notes(summary, known, called),
  ];
  const text = parts.filter((part) => part !== '').join('\n\n');
  print(`${text}\n\nresults: ${directory}\nreport:  ${join(directory, 'report.html')}\n`);
}

const METHODS = { title: 'method', of: (row: TerminalRow) => (row as MethodRow).method };

function tableOf(
  { rows, subject = METHODS, columns, intervals, ties }: TerminalTable<TerminalRow>,
  { samples }: Called,
): string {
  const tied = new Map(rows.map((row) => [row, ties?.of(row).join(', ') ?? '']));
  const someTied = [...tied.values()].some((names) => names !== '');
  const lines = byNetwork(rows).flatMap((group) => {
    const best = columns.map(({ id, direction = 'neutral' }) =>
      bestOf(
        group.map(({ metrics }) => metrics[id]?.value),
        direction,
      ),
    );
    return group.map((row) => [
      labelOf(row, subject, rows),
      ...(intervals ? [String(row.images)] : []),
      ...columns.map(({ id }, i) => {
        const { [id]: estimate } = row.metrics;
        return estimate ? cell(estimate, best[i]) + (intervals ? intervalCell(estimate, row) : '') : '–';
      }),
      ...(someTied ? [tied.get(row) as string] : []),
    ]);
  });
  const heading = [
    subject.title,
    ...(intervals ? [samples] : []),
    ...columns.map(({ title }) => title),
    ...(someTied && ties ? [ties.title] : []),
  ];
  return formatTable(heading, lines);
}

/** What the marks in the tables mean. */
function legend(tables: readonly TerminalTable<TerminalRow>[], called: Called): string {
  const marked = tables.some(
    ({ rows, columns }) => rows.length > 1 && columns.some(({ direction }) => direction),
  );
  const shown = tables
    .filter(({ intervals }) => intervals)
    .flatMap(({ rows, columns }) =>
      rows.flatMap(({ metrics }) => columns.flatMap(({ id }) => metrics[id] ?? [])),
    );
  const kinds = new Set(shown.map(intervalOf));
  return [
    ...(marked ? ['* best of its column'] : []),
    ...(shown.length > 0 ? [`[low, high] interval over ${called.samples}`] : []),
    ...(kinds.has('student') ? [`t ${studentMark(called)}`] : []),
    ...(kinds.has(undefined) ? [`[?] ${unknownMark(called)}`] : []),
  ].join('; ');
}

function notes(summary: Summary, known: readonly string[], called: Called): string[] {
  const { images, networks, averagePrecision, accuracy, stopping } = summary;
  const lines = [
    ...Object.entries(accuracy).map(
      ([network, value]) => `accuracy of ${network}: ${percentage(value, called)}`,
    ),
    ...Object.entries(averagePrecision).map(
      ([network, { mean }]) => `mean average precision of ${network}: ${number(mean)}`,
    ),
    ...(stopping ? stoppingSentences(stopping, called) : []),
    ...doubtsOf(summary),
    ...known,
    ...(images.passedOver > 0
      ? [`passed over by dataset.select: ${counted(images.passedOver, called)}`]
      : []),
    ...(images.missing > 0 ? [`listed but not on disk: ${counted(images.missing, called)}`] : []),
    ...list('skipped', whyLeftOut(images.skipped, networks)),
    ...list('failed', whyLeftOut(images.failed, networks)),
  ];
  return lines.length > 0 ? [lines.join('\n')] : [];
}

const LISTED = 10;

function list(what: string, leftOut: readonly WhyLeftOut[]): string[] {
  if (leftOut.length === 0) return [];
  const shown = leftOut
    .slice(0, LISTED)
    .map(
      ({ image, networks, reason }) => `  ${image}${networks ? ` on ${networks.join(', ')}` : ''}: ${reason}`,
    );
  const more = leftOut.length > LISTED ? [`  and ${leftOut.length - LISTED} more: summary.json`] : [];
  return [`${what}: ${leftOut.length}`, ...shown, ...more];
}

function byNetwork<R extends TerminalRow>(rows: readonly R[]): R[][] {
  const networks = [...new Set(rows.map(({ network }) => network))];
  return networks.map((network) => rows.filter((row) => row.network === network));
}

/** What a row is called: with its network where there are several. */
function labelOf(row: TerminalRow, { of }: typeof METHODS, rows: readonly TerminalRow[]): string {
  return rows.some(({ network }) => network !== row.network) ? `${row.network} ${of(row)}` : of(row);
}

function bestOf(values: readonly (number | undefined)[], direction: Direction): number | undefined {
  const defined = values.filter((value) => value !== undefined);
  if (defined.length < 2 || direction === 'neutral') return undefined;
  return direction === 'higher' ? Math.max(...defined) : Math.min(...defined);
}

/** The value; the best one of its column is marked with an asterisk. */
function cell({ value }: Estimate, best: number | undefined): string {
  return `${value === best ? '*' : ''}${number(value)}`;
}

/** The interval, and the number of images where it is not the row's. */
function intervalCell(estimate: Estimate, { images }: TerminalRow): string {
  return ` ${intervalText(estimate)}${estimate.images === images ? '' : ` n=${estimate.images}`}`;
}
