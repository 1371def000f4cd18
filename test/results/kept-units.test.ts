import { expect, it } from 'vitest';
import type { UnitResult } from '../../src/evaluation/unit.js';
import type { RunRecord } from '../../src/experiment/definition.js';
import { keptUnits } from '../../src/results/kept-units.js';
import { checkUnit } from '../../src/results/state.js';
import { unitOf } from './hand-made.js';

/** Of two networks, the first image failed on one: it has its place among the two whose heatmaps were kept. */
const UNITS: UnitResult[] = [
  { key: 'a/1', network: 'a', image: '1', status: 'failed', reason: 'broken' },
  ...['2', '3'].map((image) => unitOf(image, { network: 'a' })),
  ...['1', '2', '3'].map((image) => unitOf(image, { network: 'b' })),
];

async function* inOrder() {
  yield* UNITS;
}

it('heatmaps were kept of the first images, whatever became of them', async () => {
  const { kept, measured } = await keptUnits({ experiment: { heatmaps: 2 } } as RunRecord, inOrder());
  expect([...kept].map(([network, own]) => [network, own.map(({ image }) => image)])).toEqual([
    ['a', ['2']],
    ['b', ['1', '2']],
  ]);
  expect(measured).toBe(3);
});

it('what a journal says of methods that explained nothing is looked at, too', () => {
  const unit = (unexplained: unknown) => ({ ...unitOf('1'), unexplained }) as unknown as UnitResult;
  expect(() => checkUnit(unit([{ method: 'file:x', reason: 'no file' }]))).not.toThrow();
  expect(() => checkUnit(unit([{ method: 'file:x' }]))).toThrow(/unexplained.*reason/s);
});
