import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupSections } from '../../../src/evaluation/families/groups/tables.js';
import { groupTerminal, removalNotes } from '../../../src/evaluation/families/groups/tables.js';
import { loadExperiment } from '../../../src/experiment/config.js';
import { openExperiment } from '../../../src/experiment/open.js';
import { floatTensor } from '../../../src/graph/tensor.js';
import { findingsOf } from '../../../src/results/findings.js';
import { NetworkWriter } from '../../perturbation/networks.js';
import { writeExperiment } from '../../run/experiment.js';
import { evaluateAll } from '../evaluate.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof-groups-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const GROUPS = { planted: ['b'], rest: ['A', 'C'] };
const PERTURBATION = { region: [1, 2], steps: 2, fill: 'zero', groups: true, randomOrders: 2 };

/**
 * Four channels of six moments. The first class has channel B at moments 2 and 3, and half of channel C at moment 0; the
 * second one has 1.5 always.
 */
function experiment(config: Readonly<Record<string, unknown>> = {}, labels = 'id,label\na,0\nb,0\n'): string {
  const net = new NetworkWriter(1, [4, 6]);
  const weights = new Float32Array(48);
  weights.set([1, 1], 6 + 2);
  weights[12] = 0.5;
  const gemm = net.op('Gemm', [
    net.flatten(net.input),
    net.constant(floatTensor([2, 24], weights)),
    net.constant(floatTensor([2], [0, 1.5])),
  ], { transB: 1 }); // biome-ignore format: one call
  const input = new Float32Array(24).fill(9);
  input.set([2, 2], 6 + 2);
  input[12] = 2;
  const path = writeExperiment(
    folder,
    net.build(gemm).graph,
    { a: input, b: input },
    {
      methods: ['gradient-x-input'],
      dataset: { type: 'signals', root: 'inputs' },
      groups: GROUPS,
      perturbation: PERTURBATION,
      ...config,
    },
  );
  writeFileSync(join(folder, 'inputs', 'channels.txt'), 'A\nB\nC\nD\n');
  writeFileSync(join(folder, 'inputs', 'labels.csv'), labels);
  return path;
}

async function sections(path: string): Promise<GroupSections> {
  const found = findingsOf(
    { experiment: await loadExperiment(path), definition: { networks: [] } },
    await evaluateAll(path),
    {},
  );
  return found.find(({ family }) => family.key === 'groups')?.found.sections as unknown as GroupSections;
}

const valuesOf = (metrics: GroupSections['groups'][number]['metrics']) =>
  Object.fromEntries(Object.entries(metrics).map(([id, { value }]) => [id, Math.round(value * 1e6) / 1e6]));

describe('groups of channels', () => {
  it('have relevance outside against inside, worked by hand: 2 and 2 in B, 1 in C', async () => {
    const { groups } = await sections(experiment());
    expect(groups.map(({ group, images, metrics }) => [group, images, valuesOf(metrics)])).toEqual([
      ['planted', 2, { outside_inside: 0.083333, inside_total: 0.8 }], // (1/18) / (4/6), 4 of 5
      ['rest', 2, { outside_inside: 4, inside_total: 0.2 }], // (4/12) / (1/12), 1 of 5
    ]);
    expect(groupTerminal({ groups, removal: [] }).columns.map(({ title }) => title)).toEqual([
      'outside-inside planted',
      'outside-inside rest',
    ]);
  });

  it('are removed at once, and compared with as many others', async () => {
    const { removal } = await sections(experiment());
    expect(removal.map(({ group, channels, metrics }) => [group, channels, valuesOf(metrics)])).toEqual([
      [
        'planted',
        1,
        {
          accuracy: 1,
          accuracy_without: 0,
          accuracy_without_random: 1,
          accuracy_change: -1,
          accuracy_change_vs_random: -1,
          score_loss: 4,
          // Of A, C and D, drawn by seed, sample and draw: C costs 1 where it is drawn.
          score_loss_vs_random: expect.closeTo(3.75, 0.3),
        },
      ],
      [
        'rest',
        2,
        {
          accuracy: 1,
          accuracy_without: 1,
          accuracy_without_random: 0,
          accuracy_change: 0,
          accuracy_change_vs_random: 1,
          score_loss: 1,
          score_loss_vs_random: -3,
        },
      ],
    ]);
    // Two samples: Wilson's of 2 of 2, and of -1 and -1 no interval.
    expect(removal[0]?.metrics.accuracy_without_random).toMatchObject({
      low: expect.closeTo(0.3424, 4),
      high: 1,
    });
    expect(removalNotes({ groups: [], removal })[0]).toMatch(
      /^experiment without the 1 channels of planted: accuracy 0 .*, without as many others 1 .*, with all 1 /,
    );
  });

  it('have no comparison where there are not as many others, and no accuracy without labels', async () => {
    const path = experiment({ groups: { most: ['A', 'B', 'C'] } }, 'id,label\n');
    const { removal } = await sections(path);
    expect(valuesOf(removal[0]?.metrics ?? {})).toEqual({ score_loss: 5 });
  });

  it.each([
    [
      { dataset: { type: 'tensors', root: 'inputs' } },
      /groups \(network .*\): expected a data set of type signals/,
    ],
    [
      { groups: { x: ['B', 'Z'] } },
      /channels \(groups.x\): expected all 2 that are asked for, got none called Z, but A, B, C/,
    ],
    [{ groups: { x: ['B', 'b'] } }, /channels \(groups.x\): expected each once, got 'b' twice/],
    [{ groups: undefined }, /perturbation.groups: expected 'groups' \(named groups of channels\), got none/],
    [
      { perturbation: { region: 2, steps: 1 } },
      /perturbation.fill .*expected one that needs no range of the input, since signals have none: mean, blur, constant, zero, channel-mean, bridge, got uniform/,
    ],
    [{ perturbation: { ...PERTURBATION, steps: 13 } }, /at most 12: 12 regions of \[1,2\], 1 a step, got 13/],
  ])('say clearly what is wrong with %j', async (config, message) => {
    const path = experiment(config);
    await expect(loadExperiment(path).then(openExperiment)).rejects.toThrow(message);
  });
});
