import { experimentSchema } from '../../src/experiment/config.js';
import type { JudgedRun, Snapshot, SnapshotRow } from '../../src/gate/snapshot.js';

const { statistics, gate } = experimentSchema.shape;

export const definition = {
  networks: [{ name: 'net', hash: 'abc', inputShape: [3, 8, 8], classes: 2 }],
  dataset: { type: 'folder' as const, hash: 'data', seed: 1, limit: 12, select: 'all' },
  images: { kernel: 'linear', decoder: 'sharp 1' },
  methods: { lrp: { rules: 'zplus' }, random: { kind: 'random' } },
  perturbation: { region: 4, steps: 9, fill: 'uniform', seed: 1, grid: { net: [2, 2] } },
  statistics: { seed: 1, resamples: 2000 },
  engine: 'engine 1',
};

/** Twelve images by two methods: AOPC 8, 9, 10, 11 in turn, score 5, all relevance kept. */
export const rows: readonly SnapshotRow[] = ['lrp', 'random'].flatMap((method) =>
  Array.from({ length: 12 }, (_, i) => ({
    network: 'net',
    image: `image-${String(i).padStart(2, '0')}`,
    class: 'cat',
    method,
    values: { score: 5, aopc_morf: 8 + (i % 4), ...(method === 'lrp' && { conservation: 1 }) },
  })),
);

export const baseline: Snapshot = { name: 'test', definition, rows };

/** A finished run of the same experiment, its rows changed one by one (undefined: left out). */
export function runOf(
  change: (row: SnapshotRow, index: number) => SnapshotRow | undefined = (row) => row,
  rest: Partial<Omit<JudgedRun, 'snapshot'> & { definition: Snapshot['definition'] }> = {},
): JudgedRun {
  const { definition: own = definition, ...others } = rest;
  return {
    snapshot: { name: 'test', definition: own, rows: rows.flatMap((row, i) => change(row, i) ?? []) },
    leftOut: [],
    statistics: statistics.parse(undefined),
    gate: gate.parse(undefined),
    ...others,
  };
}

/** A row with some values replaced. */
export function withValues(row: SnapshotRow, values: Record<string, number>): SnapshotRow {
  return { ...row, values: { ...row.values, ...values } };
}
