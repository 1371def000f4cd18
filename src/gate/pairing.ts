import { mean } from '../metrics/statistics.js';
import { FIXED_VALUES } from './fixed.js';
import type { Snapshot, SnapshotRow } from './snapshot.js';

/**
 * A run under the baseline's name of the network, where both have only one: a file that was renamed is still the network
 * that is judged.
 */
export function underBaselineName(baseline: Snapshot, run: Snapshot): Snapshot {
  const [before, ...others] = baseline.definition.networks;
  const [after, ...more] = run.definition.networks;
  if (!before || !after || others.length + more.length > 0 || before.name === after.name) return run;
  const { name } = before;
  return {
    ...run,
    definition: { ...run.definition, networks: [{ ...after, name }] },
    rows: run.rows.map((row) => ({ ...row, network: name })),
  };
}

/**
 * Rows as they are paired with those of another run. A network that has changed may predict another class of an image, and
 * its scores are its own: of each image and method the mean over classes is compared, and no value is fixed.
 */
export function pairable(
  rows: readonly SnapshotRow[],
  changed: { has(network: string): boolean },
): SnapshotRow[] {
  const groups = new Map<string, SnapshotRow[]>();
  for (const row of rows) {
    const { network, image, method } = row;
    const key = JSON.stringify([network, image, method, changed.has(network) ? '' : row.class]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const [first] = group as [SnapshotRow];
    return changed.has(first.network) ? { ...first, class: '', values: meanValues(group) } : first;
  });
}

function meanValues(rows: readonly SnapshotRow[]): Record<string, number> {
  const ids = new Set(
    rows.flatMap(({ values }) => Object.keys(values)).filter((id) => !(id in FIXED_VALUES)),
  );
  return Object.fromEntries(
    [...ids].map((id) => [id, mean(rows.flatMap(({ values }) => values[id] ?? [])) as number]),
  );
}
