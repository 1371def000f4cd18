import { fails, type GateReport, type MethodReport, type MetricReport } from './compare.js';
import { FIXED_VALUES } from './fixed.js';
import { GATED_METRICS } from './metrics.js';

/** Why a gate failed, one line a reason. */
export function problemsOf({ samples, definition, methods }: GateReport): string[] {
  return [
    ...definition.map((difference) => `definition differs: ${difference}`),
    ...methods.flatMap((report) =>
      methodProblems(report, samples).map((problem) => `${report.network}, ${report.method}: ${problem}`),
    ),
  ];
}

/** What is wrong with one method. */
function methodProblems(report: MethodReport, samples: string): string[] {
  return [
    ...missingProblems(report, samples),
    ...movedProblems(report, samples),
    ...report.metrics.flatMap((metric) => metricProblem(metric, samples) ?? []),
  ];
}

/** Explanations that the baseline has and the run lacks; `samples` is what images are called. */
export function missingProblems({ missing, common }: MethodReport, samples: string): string[] {
  if (missing.length === 0) return [];
  if (common === 0) return [`missing: all ${samples}`];
  const found = missing.map(
    ({ image, class: name, reason }) => `${image}${name && ` (${name})`}${reason ? `: ${reason}` : ''}`,
  );
  return [`missing: ${someOf(found, missing.length + common, samples)}`];
}

/** Values that should have stayed as they were. */
export function movedProblems({ moved, common }: MethodReport, samples: string): string[] {
  return Object.entries(FIXED_VALUES).flatMap(([id, label]) => {
    const own = moved.filter(({ what }) => what === id);
    const found = own.map(
      ({ image, class: name, baseline, run }) => `${image} (${name}): ${baseline} -> ${run ?? 'nothing'}`,
    );
    return own.length > 0 ? [`${label} moved: ${someOf(found, common, samples)}`] : [];
  });
}

const SHOWN = 3;

/** The first of many, and how many there are. */
function someOf(found: readonly string[], all: number, samples: string): string {
  const shown = found.slice(0, SHOWN).join('; ');
  return found.length > SHOWN ? `${shown}; ... (${found.length} of ${all} ${samples})` : shown;
}

/** What is wrong with a metric; undefined where it passes. */
export function metricProblem(metric: MetricReport, samples: string): string | undefined {
  if (!fails(metric)) return undefined;
  const label = GATED_METRICS.get(metric.metric)?.label ?? metric.metric;
  if (metric.verdict !== 'dropped')
    return `${label} missing: ${someOf(metric.missing, metric.missing.length + (metric.difference?.images ?? 0), samples)}`;
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
