import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { loadExperiment } from '../../src/experiment/config.js';
import { runRecord } from '../../src/experiment/definition.js';
import { openExperiment } from '../../src/experiment/open.js';
import { writeNpy } from '../../src/files/npy.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { divisionOf, regionSchema, regionWithin } from '../../src/input/kinds.js';
import { layoutOf } from '../../src/input/layout.js';
import { cutUnit, placesOf } from '../../src/input/units.js';
import { makeTree } from '../datasets/tree.js';
import { evaluateUnits } from '../evaluation/evaluate.js';
import { NetworkWriter } from '../perturbation/networks.js';
import { writeExperiment } from '../run/experiment.js';

const map = (shape: readonly number[], ...labels: number[]) => writeNpy(shape, Float32Array.from(labels));

describe('segments', () => {
  const layout = layoutOf([1, 3, 4]);
  // 7 is an L, 2 lies in two pieces, -1 is in none.
  const labels = [7, 7, 2, 2, 7, -1, -1, 2, 7, 2, 2, -1];

  it('are the places of one number, in the order of the numbers', () => {
    const root = makeTree({ 'a.npy': map([3, 4], ...labels), 'b.npy': map([1, 3, 4], ...labels) });
    for (const image of ['a', 'b']) {
      const units = divisionOf({ segments: root }).units(layout, { id: image });
      const places = Float32Array.from({ length: 12 }, (_, i) => i);
      expect([units.count, units.name(0), placesOf(units, 1)]).toEqual([2, 'segment 2', 4]);
      expect([...cutUnit(places, units, 0)]).toEqual([2, 3, 7, 9, 10]);
      expect([...cutUnit(places, units, 1)]).toEqual([0, 1, 4, 8]);
    }
  });

  it('are named by their content, wherever they lie', () => {
    const [one, other] = [{ 'a.npy': map([3], 1, 2, 3) }, { 'a.npy': map([3], 1, 2, 4) }].map(makeTree);
    const records = [one, one, other].map((segments) =>
      divisionOf({ segments: segments as string }).record(new Map()),
    );
    expect(records[0]).toEqual(records[1]);
    expect(records[0]?.labelMaps).not.toBe(records[2]?.labelMaps);
    expect(regionWithin('/base', { segments: 'maps' })).toEqual({ segments: '/base/maps' });
    expect([regionWithin('/base', 9), regionSchema.safeParse({ segment: 'x' }).success]).toEqual([9, false]);
  });

  it.each([
    ['nothing', {}, /cannot read .*a.npy: does not exist/],
    ['another shape', { 'a.npy': map([4, 3], ...labels) }, /label map .*expected shape \[3,4\], got \[4,3\]/],
    [
      'halves',
      { 'a.npy': map([3, 4], ...labels.with(5, 0.5)) },
      /expected whole numbers, got 0.5 at element 5/,
    ],
    ['no numbers', { 'a.npy': map([3, 4], ...labels.with(5, Number.NaN)) }, /got NaN at element 5/],
  ] as [string, Record<string, Buffer>, RegExp][])('say clearly: %s', (_, files, message) => {
    const { units } = divisionOf({ segments: makeTree(files) });
    expect(() => units(layout, { id: 'a' })).toThrow(InputError);
    expect(() => units(layout, { id: 'a' })).toThrow(message);
  });

  it('are replaced most relevant first in a run, each image by its own; one that has none is listed', async () => {
    // The first class is the sum over four pixels: relevance by gradient times input is the input.
    const net = new NetworkWriter(1, [1, 2, 2]);
    const weights = net.constant(floatTensor([2, 4], [1, 1, 1, 1, 0, 0, 0, 0]));
    const { graph } = net.build(net.op('Gemm', [net.flatten(net.input), weights], { transB: 1 }));
    const folder = makeTree({
      'maps/x.npy': map([2, 2], 0, 0, 1, 2),
      'maps/y.npy': map([2, 2], 5, 3, 3, 9),
      'maps/few.npy': map([2, 2], 1, 1, 1, 1),
    });
    const input = Float32Array.of(1, 2, 4, 8);
    const path = writeExperiment(
      folder,
      graph,
      { x: input, y: input, few: input, none: input },
      {
        methods: ['gradient-x-input'],
        perturbation: { region: { segments: 'maps' }, steps: 3, orders: ['morf'], fill: 'zero' },
      },
    );
    const found: unknown[] = [];
    for await (const unit of evaluateUnits(path))
      found.push([unit.image, unit.status === 'done' ? unit.explanations[0]?.curves?.morf : unit.reason]);
    expect(found).toEqual([
      [
        'few',
        expect.stringMatching(/steps \(image few\): expected at most 1: 1 regions of .*, 1 a step, got 3/),
      ],
      ['none', expect.stringMatching(/maps\/none.npy: does not exist/)],
      ['x', [[15, 7, 3, 0]]],
      ['y', [[15, 7, 1, 0]]],
    ]);
    const record = async () => {
      const { definition } = runRecord(await openExperiment(await loadExperiment(path)), undefined);
      return definition.perturbation as Record<string, unknown>;
    };
    const before = await record();
    expect(before.region).toEqual({ segments: 'maps' });
    writeFileSync(join(folder, 'maps', 'x.npy'), map([2, 2], 0, 1, 1, 2));
    expect((await record()).labelMaps).not.toBe(before.labelMaps);
  });
});
