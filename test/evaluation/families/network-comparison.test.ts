import { expect, it } from 'vitest';
import {
  compareNetworks,
  networkNotes,
  networkTables,
} from '../../../src/evaluation/families/network-comparison.js';
import type { Row } from '../../../src/evaluation/families/rows.js';
import { IMAGES } from '../../../src/input/called.js';
import { createBootstrap } from '../../../src/metrics/bootstrap.js';
import { COMPLEXITY_METRICS } from '../../../src/metrics/complexity.js';

const GINI = COMPLEXITY_METRICS.filter(({ id }) => id === 'gini');
const options = {
  seed: 1,
  resamples: 500,
  confidence: 0.95,
  method: 'percentile',
  fixedSample: true,
} as const;
const statistics = { ...options, bootstrap: createBootstrap(options) };

it('networks are compared image by image, which sees what their means do not', () => {
  // Images differ by up to 0.5, networks by 0.01 on each image; the last image is missing from one of them.
  const rows = ['net', 'other'].flatMap((network, n) =>
    Array.from({ length: n === 0 ? 11 : 10 }, (_, i): Row<Record<string, number>> => {
      const gini = 0.05 * i + 0.01 * n + (i % 2) * 0.002 * n;
      return { network, method: 'lrp-zplus', image: String(i), class: 'cat', part: { gini } };
    }),
  );
  const [only, ...rest] = compareNetworks({ rows, networks: ['net', 'other'], statistics }, GINI);
  expect(rest).toEqual([]);
  // 0.01 and 0.012 in turn; of 2^10 assignments of signs two reach as far.
  expect(only).toMatchObject({
    metric: 'gini',
    method: 'lrp-zplus',
    first: 'net',
    second: 'other',
    difference: { images: 10, value: expect.closeTo(-0.011, 12) },
    pValue: 2 / 1024,
    adjustedPValue: 2 / 1024,
    effectSize: expect.closeTo(-0.011 / (0.001 * Math.sqrt(10 / 9)), 6),
  });
  const [table] = networkTables([only as NonNullable<typeof only>], GINI, IMAGES);
  expect(table?.title).toBe('Networks compared: Gini index');
  expect(table?.entries[0]?.label).toBe('lrp-zplus: net − other');
  expect(networkNotes([only as NonNullable<typeof only>], { id: 'gini', label: 'Gini index' })[0]).toMatch(
    /^Gini index of lrp-zplus, net minus other: -0\.011 \[-0\.011\d*,\u00a0-0\.010\d*\], p 0\.002 \(Holm\)$/,
  );
});
