import { writeAtomic } from '../files/atomic.js';
import { comparisonPage } from '../report/html/comparison.js';
import type { ComparedMetric, Comparison } from './compare.js';
import { definitionTable, differenceTable, metricBars, pairingNotes, valueTable } from './tables.js';

/** Writes everything that runs have in common and not, as one page. */
export async function writeComparison(path: string, comparison: Comparison): Promise<void> {
  const definition = definitionTable(comparison);
  const page = await comparisonPage({
    title: comparison.runs.map(({ name }) => name).join(' · '),
    notes: [...pairingNotes(comparison), ...(definition ? [] : ['The definitions are the same.'])],
    sections: [
      ...(definition ? [{ title: 'Definitions', tables: [definition] }] : []),
      ...comparison.metrics.map((metric) => metricSection(comparison, metric)),
    ],
  });
  await writeAtomic(path, page);
}

function metricSection(comparison: Comparison, metric: ComparedMetric) {
  const differences = differenceTable(comparison, metric);
  return {
    title: metric.label,
    ...(metric.main && { chart: metricBars(comparison, metric) }),
    tables: [valueTable(comparison, metric), ...(differences ? [differences] : [])],
  };
}
