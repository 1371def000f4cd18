import { expect, it } from 'vitest';
import { createBootstrap } from '../../src/metrics/bootstrap.js';
import { collect } from '../../src/results/collect.js';
import { sumsOf, sumTables } from '../../src/results/sums.js';
import { explanationOf, unitOf } from './hand-made.js';

const relevance = (sum: number, expected?: number) => ({
  relevance: { sum, absolute: 9, ...(expected !== undefined && { expected }) },
});

async function* units() {
  yield unitOf('a', {
    explanations: [
      explanationOf('integrated-gradients', relevance(3, 4)),
      explanationOf('lrp-zplus', relevance(3)),
    ],
  });
  // Nothing was lost on the way: there is no share of it.
  yield unitOf('b', { key: 'net/b', explanations: [explanationOf('integrated-gradients', relevance(1, 0))] });
  yield unitOf('c', {
    key: 'net/c',
    explanations: [explanationOf('integrated-gradients', relevance(-3, -2))],
  });
}

it('the mean share by which heatmaps miss the sum that they should have', async () => {
  const { rows } = await collect(units());
  const sums = sumsOf(rows, createBootstrap({ seed: 1 }));
  expect(sums).toMatchObject([
    {
      network: 'net',
      method: 'integrated-gradients',
      images: 2,
      metrics: { gap: { value: 0.375, images: 2 } },
    },
  ]);
  const [table] = sumTables(sums, ['net']);
  expect(table?.entries).toMatchObject([{ label: 'integrated-gradients', cells: [{ value: 0.375 }] }]);
  expect(sumTables([], ['net'])).toEqual([]);
});
