import { mean } from '../metrics/statistics.js';
import { FIXED_VALUES } from './fixed.js';
import type { JudgedRun, Snapshot, SnapshotRow } from './snapshot.js';

/**
 * A run under the baseline's name of the network, where both have only one: a file that was renamed is still the network
 * that is judged.
 */
export function underBaselineName(baseline: Snapshot, run: JudgedRun): JudgedRun {
  const { snapshot, leftOut } = run;
  const [before, ...others] = baseline.definition.networks;
  const [after, ...more] = snapshot.definition.networks;
  if (!before || !after || others.length + more.length > 0 || before.name === after.name) return run;
  const network = before.name;
  const definition = { ...snapshot.definition, networks: [{ ...after, name: network }] };
  return {
    ...run,
    snapshot: { ...snapshot, definition, rows: snapshot.rows.map((row) => ({ ...row, network })) },
    leftOut: leftOut.map((one) => ({ ...one, network })),
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
    rows.flatMap(({ values }) => Object.keys(values)).filter((id) => !Object.hasOwn(FIXED_VALUES, id)),
  );
  return Object.fromEntries(
    [...ids].map((id) => [id, mean(rows.flatMap(({ values }) => values[id] ?? [])) as number]),
  );
}
