import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { printSummary } from '../../../src/cli/summary.js';
import type { DoneUnit } from '../../../src/evaluation/unit.js';
import { loadExperiment } from '../../../src/experiment/config.js';
import { openExperiment } from '../../../src/experiment/open.js';
import { floatTensor } from '../../../src/graph/tensor.js';
import { writeResults } from '../../../src/results/results.js';
import { NetworkWriter } from '../../perturbation/networks.js';
import { csvOf, directoryOf, experimentOf, explanationOf, foundIn, unitOf } from '../../results/hand-made.js';
import { writeExperiment } from '../../run/experiment.js';
import { evaluateUnits } from '../evaluate.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-channels-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Three channels of two moments; the score is 2 at A, 1 at B, -3 at C, in all six places together. */
function experiment(config: Readonly<Record<string, unknown>> = {}): string {
  const net = new NetworkWriter(1, [3, 2]);
  const gemm = net.op('Gemm', [
    net.flatten(net.input),
    net.constant(floatTensor([2, 6], Float32Array.of(2, 0, 0, 1, -3, 0, 0, 0, 0, 0, 0, 0))),
    net.constant(floatTensor([2], [0, 0])),
  ], { transB: 1 }); // biome-ignore format: one call
  const { graph } = net.build(gemm);
  const inputs = { a: Float32Array.of(3, 1, 1, 2, 1, 1), b: Float32Array.of(-1, 1, 1, -1, 1, 1) };
  const path = writeExperiment(folder, graph, inputs, {
    methods: ['gradient-x-input'],
    dataset: { type: 'signals', root: 'inputs' },
    ...config,
  });
  writeFileSync(join(folder, 'inputs', 'channels.txt'), 'A\nB\nC\n');
  return path;
}

async function sharesOf(path: string) {
  const shares: unknown[] = [];
  for await (const unit of evaluateUnits(path))
    shares.push(...((unit as DoneUnit).explanations ?? []).map((one) => one.channels));
  return shares;
}

describe('the share of relevance by channel', () => {
  it('is measured of signals without being asked for: of positive relevance 6, 2, none; none where nothing is positive', async () => {
    expect(await sharesOf(experiment())).toEqual([
      [
        ['A', 0.75],
        ['B', 0.25],
        ['C', 0],
      ],
      undefined,
    ]);
  });

  it('is left out on demand, and refused where channels are not told apart', async () => {
    expect(await sharesOf(experiment({ channels: false }))).toEqual([undefined, undefined]);
    const tensors = experiment({ channels: true, dataset: { type: 'tensors', root: 'inputs' } });
    await expect(loadExperiment(tensors).then(openExperiment)).rejects.toThrow(
      /channels \(network .*\): expected a data set of type signals/,
    );
  });
});

/** Thirteen channels, of which `strong` has what the others leave, a twentieth each. */
function recorded(strong: number): (readonly [string, number])[] {
  return Array.from({ length: 13 }, (_, i) => [`c${i}`, i === strong ? 0.4 : 0.05]);
}

describe('what a run finds of channels', () => {
  const config = { channels: true, methods: ['lrp-zplus', 'random'] };
  const units = [2, 12, 12].map((strong, i) =>
    unitOf(`run-${i}`, {
      explanations: [
        explanationOf('lrp-zplus', { channels: recorded(strong) }),
        explanationOf('random', { channels: recorded(0) }),
      ],
    }),
  );
  const directory = directoryOf(experimentOf(config), units);

  it('is printed: the strongest first, the others as one row', async () => {
    const { summary } = await writeResults(directory);
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    printSummary(summary, '/out');
    const lines = write.mock.calls.join('').split('\n');
    write.mockRestore();
    expect(lines[0]).toMatch(/^share by channel +images +lrp-zplus +random$/);
    // c12: 0.05, 0.4, 0.4; s = 0.2021, t(2) = 4.3027: 0.2833 -+ 0.50197, which ends at 0, since it is a share.
    expect(lines[2]).toMatch(/^c12 +3 +0\.2833 \[0, 0\.7853\]t +0\.05 \[\?\]$/);
    expect(lines[3]).toMatch(/^c2 +3 +0\.1667 \[0, 0\.6686\]t/);
    expect(lines[12]).toMatch(/^3 others +3 +0\.15 \[\?\] +0\.15 \[\?\]$/);
    expect(lines[13]).toBe('');
  });

  it('stands in channels.csv, every channel in the order of the input', () => {
    const rows = csvOf(directory, 'channels.csv');
    expect(readFileSync(directory.file('channels.csv'), 'utf8').split('\n')[0]).toBe(
      'channel,method,images,share,ci_low,ci_high,share_interval,share_images,network',
    );
    expect(rows.map(({ channel, method }) => `${channel} ${method}`).slice(11, 15)).toEqual([
      ...['c11 lrp-zplus', 'c12 lrp-zplus', 'c0 random', 'c1 random'],
    ]);
    expect(rows[12]).toMatchObject({ share: expect.stringMatching(/^0\.2833/), ci_low: '0', images: '3' });
  });

  it('is drawn with an equal share beside it, and stands in the report', async () => {
    const { figures } = await foundIn(experimentOf(config), units);
    expect(figures).toMatchObject([
      {
        name: 'channels',
        bars: { title: 'Relevance by channel, the 10 strongest of 13', reference: 1 / 13 },
      },
    ]);
    const report = readFileSync(directory.file('report.html'), 'utf8');
    expect(report.includes('Relevance by channel </')).toBe(true);
  });
});
