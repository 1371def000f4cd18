import { join } from 'node:path';
import { AOPC_METRICS } from '../metrics/aopc.js';
import type { Estimate } from '../metrics/bootstrap.js';
import type { Direction } from '../metrics/metric.js';
import type { Summary } from '../results/summary.js';
import { ALL, type MethodRow, tiedNeighbours } from '../results/tables.js';
import { formatTable } from './table.js';

/** The AOPC metrics that fit a terminal; all of them stand in aopc.csv. */
const SHOWN = ['aopc_morf', 'aopc_lerf', 'abpc', 'aopc_morf_vs_random'];

/** Prints a run's result tables, the best value of each column marked, what was left out, and where the results are. */
export function printSummary(summary: Summary, directory: string): void {
  const sections = [
    aopcSection(summary),
    contextSection(summary),
    metricsSection(summary.complexity),
    metricsSection(summary.robustness),
    legend(summary),
    ...notes(summary),
  ];
  const text = sections.filter((section) => section !== '').join('\n\n');
  process.stdout.write(`${text}\n\nresults: ${directory}\nreport:  ${join(directory, 'report.html')}\n`);
}

function aopcSection({ methods, rankings }: Summary): string {
  if (methods.length === 0) return '';
  const shown = AOPC_METRICS.filter(
    ({ id }) => SHOWN.includes(id) && methods.some(({ metrics }) => metrics[id]),
  );
  const tied = new Map(methods.map((row) => [row, tiedNeighbours(rankings, row).join(', ')]));
  const someTied = [...tied.values()].some((names) => names !== '');
  const rows = byNetwork(methods).flatMap((group) => {
    const best = shown.map(({ id, direction }) =>
      bestOf(
        group.map(({ metrics }) => metrics[id]?.value),
        direction,
      ),
    );
    return group.map((row) => [
      labelOf(row, methods),
      String(row.images),
      ...shown.map(({ id }, i) => cell(row.metrics[id], best[i])),
      ...(someTied ? [tied.get(row) as string] : []),
    ]);
  });
  const heading = ['method', 'images', ...shown.map(({ label }) => label)];
  return formatTable(someTied ? [...heading, 'AOPC tied with'] : heading, rows);
}

function contextSection({ context }: Summary): string {
  const all = context.filter(({ class: name }) => name === ALL);
  if (all.length === 0) return '';
  const ids = Object.keys(all[0]?.metrics ?? {});
  const rows = all.map((row) => [
    labelOf(row, all),
    String(row.images),
    ...ids.map((id) => cell(row.metrics[id], undefined)),
  ]);
  return formatTable(['method', 'images', ...ids.map((id) => id.replaceAll('_', '-'))], rows);
}

function metricsSection(methods: readonly MethodRow[]): string {
  if (methods.length === 0) return '';
  const ids = Object.keys(methods[0]?.metrics ?? {});
  const rows = methods.map((row) => [
    labelOf(row, methods),
    ...ids.map((id) => number(row.metrics[id]?.value)),
  ]);
  return formatTable(['method', ...ids], rows);
}

/** What the marks in the tables mean. */
function legend({ methods, context }: Summary): string {
  const best = methods.length > 1 ? ['* best of its column'] : [];
  const intervals = methods.length > 0 || context.length > 0 ? ['[low, high] interval over images'] : [];
  return [...best, ...intervals].join('; ');
}

function notes({ images, averagePrecision, accuracy, flagged, reactions }: Summary): string[] {
  const lines = [
    ...Object.entries(accuracy).map(
      ([network, value]) => `accuracy of ${network}: ${(100 * value).toFixed(1)} %`,
    ),
    ...Object.entries(averagePrecision).map(
      ([network, { mean }]) => `mean average precision of ${network}: ${number(mean)}`,
    ),
    ...flagged.map(
      ({ network, method, explanations, largest }) =>
        `numerically blown up: ${method} on ${network}, ${explanations} explanations, sum of |R| up to ${largest.toExponential(1)} times its start`,
    ),
    ...reactions
      .filter(({ reacts }) => !reacts)
      .map(
        ({ network, method, similarity }) =>
          `hardly reacts to what ${network} has learned: ${method}, rank correlation of |R| ${number(similarity)} with the upper half of its layers random`,
      ),
    ...(images.misclassified > 0 ? [`passed over as misclassified: ${counted(images.misclassified)}`] : []),
    ...(images.missing > 0 ? [`listed but not on disk: ${counted(images.missing)}`] : []),
    ...list('skipped', images.skipped),
    ...list('failed', images.failed),
  ];
  return lines.length > 0 ? [lines.join('\n')] : [];
}

function counted(images: number): string {
  return `${images} ${images === 1 ? 'image' : 'images'}`;
}

const LISTED = 10;

function list(what: string, leftOut: Summary['images']['failed']): string[] {
  if (leftOut.length === 0) return [];
  const shown = leftOut.slice(0, LISTED).map(({ image, reason }) => `  ${image}: ${reason}`);
  const more = leftOut.length > LISTED ? [`  and ${leftOut.length - LISTED} more: summary.json`] : [];
  return [`${what}: ${leftOut.length}`, ...shown, ...more];
}

function byNetwork(rows: readonly MethodRow[]): MethodRow[][] {
  const networks = [...new Set(rows.map(({ network }) => network))];
  return networks.map((network) => rows.filter((row) => row.network === network));
}

function labelOf({ method, network }: MethodRow, rows: readonly MethodRow[]): string {
  return rows.some((row) => row.network !== network) ? `${network} ${method}` : method;
}

function bestOf(values: readonly (number | undefined)[], direction: Direction): number | undefined {
  const defined = values.filter((value) => value !== undefined);
  if (defined.length < 2 || direction === 'neutral') return undefined;
  return direction === 'higher' ? Math.max(...defined) : Math.min(...defined);
}

/** The value with its interval; the best one of its column is marked with an asterisk. */
function cell(estimate: Estimate | undefined, best: number | undefined): string {
  if (!estimate) return '–';
  const { value, low, high } = estimate;
  const interval = low === undefined || high === undefined ? '' : ` [${number(low)},\u00a0${number(high)}]`;
  return `${value === best ? '*' : ''}${number(value)}${interval}`;
}

function number(value: number | undefined): string {
  return value === undefined ? '–' : Number(value.toPrecision(4)).toString();
}
