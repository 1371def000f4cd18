import { fails, type GateReport, type MetricReport } from './compare.js';
import { differenceOf, digits } from './problems.js';

/** Columns of the gate's table, as printed and in Markdown. */
export function columnsOf({ samples }: GateReport): string[] {
  return ['method', 'metric', samples, 'baseline', 'run', 'difference', 'allowed', 'verdict'];
}

/** A row a method and metric. */
export function tableRows({ methods }: GateReport): string[][] {
  const several = new Set(methods.map(({ network }) => network)).size > 1;
  return methods.flatMap(({ network, method, metrics }) =>
    metrics.map((metric) => [several ? `${network} ${method}` : method, ...cells(metric)]),
  );
}

function cells(metric: MetricReport): string[] {
  const { metric: id, baseline, difference, tolerance, verdict } = metric;
  const run = baseline === undefined || !difference ? undefined : baseline + difference.value;
  return [
    id,
    String(difference?.images ?? 0),
    digits(baseline),
    digits(run),
    differenceOf(metric),
    verdict === 'reported' ? '–' : digits(tolerance),
    fails(metric) ? verdict.toUpperCase() : verdict,
  ];
}

/** What was compared and what came out, in a line. */
export function headline({ passed, methods, added, judged }: GateReport): string {
  const metrics = methods.flatMap((method) => method.metrics);
  const counts = ['dropped', 'missing', 'improved', 'unchanged', 'reported'].flatMap((verdict) => {
    const count = metrics.filter((metric) => metric.verdict === verdict).length;
    return count > 0 ? [`${count} ${verdict}`] : [];
  });
  const unknown = added.map(({ network, method }) => `${network}, ${method}`);
  const note = unknown.length > 0 ? `; not in the baseline yet: ${unknown.join('; ')}` : '';
  const what = judged.length > 0 ? `; judged: ${judged.join('; ')}` : '';
  return `gate ${passed ? 'passed' : 'FAILED'}: ${counts.join(', ') || 'nothing compared'}${note}${what}`;
}
