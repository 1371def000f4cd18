import { FIXED_VALUES, fails, type GateReport, type MethodReport, type MetricReport } from './compare.js';
import { GATED_METRICS } from './metrics.js';

/** Why a gate failed, one line a reason. */
export function problemsOf({ definition, methods }: GateReport): string[] {
  return [
    ...definition.map((difference) => `definition differs: ${difference}`),
    ...methods.flatMap((report) =>
      methodProblems(report).map((problem) => `${report.network}, ${report.method}: ${problem}`),
    ),
  ];
}

/** What is wrong with one method. */
export function methodProblems(report: MethodReport): string[] {
  return [
    ...missingProblems(report),
    ...movedProblems(report),
    ...report.metrics.flatMap((metric) => metricProblem(metric) ?? []),
  ];
}

/** Explanations that the baseline has and the run lacks. */
export function missingProblems({ missing, common }: MethodReport): string[] {
  if (missing.length > 0 && common === 0) return ['missing: every image'];
  return missing.map(
    ({ image, class: name, reason }) => `missing: ${image} (${name})${reason ? `: ${reason}` : ''}`,
  );
}

/** Values that should have stayed as they were. */
export function movedProblems({ moved }: MethodReport): string[] {
  return moved.map(
    ({ image, class: name, what, baseline, run }) =>
      `${FIXED_VALUES[what]} moved: ${image} (${name}): ${baseline} -> ${run ?? 'nothing'}`,
  );
}

/** What is wrong with a metric; undefined where it passes. */
export function metricProblem(metric: MetricReport): string | undefined {
  if (!fails(metric)) return undefined;
  const label = GATED_METRICS.get(metric.metric)?.label ?? metric.metric;
  if (metric.verdict !== 'dropped') return `${label} missing: ${metric.missing.join(', ')}`;
  return `${label} dropped: ${differenceOf(metric)}, allowed ${digits(metric.tolerance)}`;
}

/** The mean paired difference, run minus baseline, with its interval. */
export function differenceOf({ difference }: MetricReport): string {
  if (!difference) return '–';
  const { value, low, high } = difference;
  const interval = low === undefined || high === undefined ? '' : ` [${digits(low)}, ${digits(high)}]`;
  return `${digits(value)}${interval}`;
}

/** A number as it stands in tables. */
export function digits(value: number | undefined): string {
  return value === undefined ? '–' : Number(value.toPrecision(4)).toString();
}
