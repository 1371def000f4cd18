import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetInput } from '../../src/datasets/config.js';
import { leftOutNotes } from '../../src/datasets/dataset.js';
import { layoutFor, openDataset, readSample } from '../../src/datasets/open.js';
import { InputError } from '../../src/errors.js';
import { readNpy, writeNpy } from '../../src/files/npy.js';
import { layoutOf } from '../../src/input/layout.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { recordingFile, type TestRecording } from './edf-file.js';
import { makeTree } from './tree.js';

/** Two records of four samples: channel A counts from 0, B falls from 70; the digital range is ten times the physical one. */
const RECORDING: TestRecording = {
  channels: [
    { label: 'EEG A.', values: [0, 10, 20, 30, 40, 50, 60, 70] },
    { label: 'B..', values: [700, 600, 500, 400, 300, 200, 100, 0] },
  ],
  records: 2,
  annotations: ['+0\x14\x14\0+0.25\x151.5\x14left\x14\0', '+1\x14\x14\0+0.5\x14rest\x14right\x14\0'],
};
const EVENTS = 'file,annotation,label\n*,left,0\n*,right,1\n';

/** The numbers of every sample of a data set for an input of a shape. */
async function inputsOf(config: Omit<DatasetInput & { type: 'signals' }, 'type'>, shape: readonly number[]) {
  const dataset = await openDataset({ type: 'signals', ...config });
  const layout = layoutFor(dataset, layoutOf(shape));
  const inputs = new Map<string, number[]>();
  for (const sample of dataset.samples) {
    const network = { name: 'net', inputShape: shape, layout, graph: { inputs: [] } };
    const { input } = await readSample(dataset, sample, { preprocessing: undefined, network });
    inputs.set(sample.id, [...input]);
  }
  return { dataset, layout, inputs };
}

describe('recordings', () => {
  it.each(['EDF', 'BDF'] as const)('of %s are cut by what events.csv says', async (format) => {
    const root = makeTree({
      [`run.${format.toLowerCase()}`]: recordingFile({ ...RECORDING, format }),
      'events.csv': EVENTS,
    });
    const { dataset, layout, inputs } = await inputsOf({ root }, [2, 4]);
    expect(dataset.samples.map(({ id, labels, excerpt }) => [id, labels, excerpt?.first])).toEqual([
      ['run-000', [0], 1],
      ['run-002', [1], 2],
    ]);
    expect(layout.signal).toEqual({ names: ['A', 'B'], sampleRate: 4 });
    expect(inputs.get('run-000')).toEqual([1, 2, 3, 4, 60, 50, 40, 30]);
    expect(inputs.get('run-002')).toEqual([2, 3, 4, 5, 50, 40, 30, 20]);
    expect(leftOutNotes(dataset)).toEqual([
      `1 left out, annotations of which events.csv makes no class: run.${format.toLowerCase()}: rest`,
    ]);
  });

  it('begin as late as `start` says, with the channels in the order of channels.txt', async () => {
    const root = makeTree({
      'run.edf': recordingFile(RECORDING),
      'events.csv': 'file,annotation,label\nother.edf,left,1\nrun.edf,left,1\n*,left,0\n',
      'channels.txt': 'b\nA\n',
      'positions.csv': 'label,x,y,z\nA,0,0,1\nB,1,0,0\nC,0,1,0\n',
    });
    const { layout, inputs, dataset } = await inputsOf({ root, start: 0.75 }, [2, 3]);
    expect(layout.signal).toEqual({
      names: ['b', 'A'],
      positions: [
        [1, 0, 0],
        [0, 0, 1],
      ],
      sampleRate: 4,
    });
    expect(inputs.get('run-000')).toEqual([30, 20, 10, 4, 5, 6]);
    expect(dataset.samples[0]?.labels).toEqual([1]);
  });

  it('spell channels as positions do, where no channels.txt names them', async () => {
    const root = makeTree({
      'run.edf': recordingFile(RECORDING),
      'events.csv': EVENTS,
      'positions.csv': 'label,x,y,z\na,0,0,1\nb,1,0,0\n',
    });
    const { layout, inputs } = await inputsOf({ root }, [2, 4]);
    expect(layout.signal?.names).toEqual(['a', 'b']);
    expect(inputs.get('run-000')).toEqual([1, 2, 3, 4, 60, 50, 40, 30]);
  });

  it('are of the classes that events.csv names, where nothing else says what there is', async () => {
    const root = makeTree({
      'run.edf': recordingFile(RECORDING),
      'events.csv': 'file,annotation,label\n*,right,up\n*,left,down\n',
    });
    const { classes, samples } = await openDataset({ type: 'signals', root });
    expect([classes, samples.map(({ labels }) => labels)]).toEqual([
      ['up', 'down'],
      [[1], [0]],
    ]);
  });

  it('count time from the first sample, where the file began between seconds', async () => {
    const annotations = ['+0.5\x14\x14\0+0.75\x14left\x14\0', '+1.5\x14\x14\0'];
    const root = makeTree({ 'run.edf': recordingFile({ ...RECORDING, annotations }), 'events.csv': EVENTS });
    expect((await inputsOf({ root }, [2, 1])).inputs.get('run-000')).toEqual([1, 60]);
  });

  it('name their content: other excerpts of the same bytes are another data set', async () => {
    const root = makeTree({ 'run.edf': recordingFile(RECORDING), 'events.csv': EVENTS });
    const hashes = new Set<string>();
    for (const start of [0, 0.25, 0.25])
      hashes.add((await openDataset({ type: 'signals', root, start })).hash);
    expect(hashes.size).toBe(2);
  });

  const good = { 'run.edf': recordingFile(RECORDING), 'events.csv': EVENTS };
  const changed = (fields: Record<number, string>) => ({
    'run.edf': recordingFile({ ...RECORDING, fields }),
  });
  it.each([
    [
      'a cut file',
      { 'run.edf': good['run.edf'].subarray(0, -5) },
      /size .*expected 1176 bytes, 2 data records, got 1171, a cut file/,
    ],
    [
      'a cut header',
      { 'run.edf': good['run.edf'].subarray(0, 500) },
      /header .*expected 1024 bytes, got 500, a cut file/,
    ],
    ['an empty file', { 'run.edf': '' }, /expected an EDF or BDF file, got an empty file/],
    ['another file', { 'run.edf': 'x'.repeat(2000) }, /expected an EDF or BDF file, got another file/],
    ['gaps', changed({ 192: 'EDF+D' }), /expected one without gaps, got EDF\+D, with gaps/],
    ['an unknown length', changed({ 236: '-1' }), /number of data records .*got '-1'/],
    ['many channels', changed({ 252: '9999' }), /header .*expected 2560000 bytes, got 1176/],
    [
      'no range',
      changed({ 592: '-100 ' }),
      /range of channel 'EEG A.'.*expected two different numbers, got -100 to -100/,
    ],
    [
      'no events.csv',
      { 'events.csv': undefined },
      /expected events.csv with lines file,annotation,label, got none, for annotations left, rest, right/,
    ],
    [
      'another header',
      { 'events.csv': 'annotation,label\n' },
      /expected a first line 'file,annotation,label', got 'annotation,label'/,
    ],
    ['an event twice', { 'events.csv': `${EVENTS}*,left,1\n` }, /in line 4, got '\*,left,1'/],
    [
      'a label that is no class',
      { 'events.csv': 'file,annotation,label\n*,left,up\n', 'l.txt': 'down\n' },
      /expected classes of .*l.txt, got 'up'/,
    ],
    [
      'a channel that is missing',
      { 'channels.txt': 'A\nC\n' },
      /expected all 2 that are asked for, got none called C, but A, B/,
    ],
    ['a channel twice', { 'channels.txt': 'A\na.\n' }, /a name a line, each once, got 'a.' twice/],
    [
      'positions of other channels',
      { 'positions.csv': 'label,x,y,z\nA,0,0,1\n' },
      /expected a line for every channel, got none for B/,
    ],
    [
      'positions that are no numbers',
      { 'positions.csv': 'label,x,y,z\nA,0,0,1\nB,0,,1\n' },
      /three numbers in line 3, got 'B,0,,1'/,
    ],
    [
      'two channels in one direction',
      { 'positions.csv': 'label,x,y,z\nA,0,0.5,1\nB,0,1,2\n' },
      /expected every channel in a direction of its own, got 'A' and 'B' in one/,
    ],
    [
      'two recordings of one name',
      { 'run.bdf': recordingFile({ ...RECORDING, format: 'BDF' }) },
      /two samples of one name: 'run-000' of .*run\.(bdf|edf) and of .*run\.(bdf|edf)/,
    ],
    [
      'an array that is called as a cut of a recording',
      { 'run-002.npy': writeNpy([2, 3], new Float32Array(6)) },
      /two samples of one name: 'run-002' of .*run-002.npy and of .*run.edf/,
    ],
  ] as [string, Record<string, string | Buffer | undefined>, RegExp][])(
    'say clearly: %s',
    async (_, files, message) => {
      const all = Object.entries({ ...good, ...files }).filter(([, content]) => content !== undefined);
      const root = makeTree(Object.fromEntries(all) as Record<string, string | Buffer>);
      const labels = 'l.txt' in files ? { labels: join(root, 'l.txt') } : {};
      const attempt = openDataset({ type: 'signals', root, ...labels });
      await expect(attempt).rejects.toThrow(InputError);
      await expect(attempt).rejects.toThrow(message);
    },
  );

  it('refuse what lies beyond their end, sample rates that differ, and inputs of other channels', async () => {
    const root = makeTree(good);
    await expect(inputsOf({ root }, [2, 7])).rejects.toThrow(/excerpt .*run.edf.*samples of 0..7, got 2..8/);
    await expect(inputsOf({ root }, [3, 4])).rejects.toThrow(
      /input of the network \(signals\): expected \[2, length\], since so many channels are named, got \[3,4\]/,
    );
    await expect(inputsOf({ root, sampleRate: 160 }, [2, 4])).rejects.toThrow(
      /sample rate .*expected 160 a second, as elsewhere, got 4/,
    );
  });
});

it('other data sets leave to a network how it reads its input', () => {
  const layout = layoutOf([3, 8, 8]);
  expect(layoutFor({ type: 'folder' }, layout)).toBe(layout);
});

describe('arrays', () => {
  it('are taken as they stand, with labels.csv, or standardised', async () => {
    const root = makeTree({
      'a.npy': writeNpy([2, 3], Float32Array.of(1, 2, 3, 3, 2, 7)),
      'labels.csv': 'id,label\na,1\n',
    });
    const { dataset, layout, inputs } = await inputsOf({ root }, [2, 3]);
    expect([dataset.samples[0]?.labels, inputs.get('a')]).toEqual([[1], [1, 2, 3, 3, 2, 7]]);
    expect(layout).toMatchObject({ rows: 2, columns: 3, channels: 1, signal: { names: ['1', '2'] } });
    const moments = await inputsOf({ root, standardise: 'each-moment' }, [2, 3]);
    expect(moments.inputs.get('a')).toEqual([-1, 0, -1, 1, 0, 1]);
    const channels = (await inputsOf({ root, standardise: 'each-channel' }, [2, 3])).inputs.get('a') ?? [];
    const root32 = Math.fround(Math.sqrt(1.5));
    expect(channels.slice(0, 3)).toEqual([-root32, 0, root32]);
  });
});

describe.skipIf(!hasShared)(`a real recording${needsShared}`, () => {
  it('gives the trials that were cut from it elsewhere', async () => {
    const root = makeTree({ 'events.csv': 'file,annotation,label\n*,T1,left-fist\n*,T2,right-fist\n' });
    const eeg = (...parts: string[]) => shared('signals', 'eeg', ...parts);
    for (const run of ['S001R04.edf', 'S001R08.edf']) symlinkSync(eeg(run), join(root, run));
    const { dataset, layout, inputs } = await inputsOf(
      {
        root,
        labels: eeg('classes.txt'),
        channels: eeg('channels.txt'),
        positions: eeg('montage.csv'),
        standardise: 'each-moment',
      },
      [64, 480],
    );
    expect([layout.signal?.sampleRate, layout.signal?.names[63], inputs.size]).toEqual([160, 'Iz', 30]);
    const trials = ['R04', 'R08'].flatMap((run) =>
      Array.from({ length: 15 }, (_, i) => `${run}-${String(i).padStart(2, '0')}`),
    );
    let worst = 0;
    for (const [i, { id }] of dataset.samples.entries()) {
      const wanted = readNpy(eeg('trials', `${trials[i]}.npy`)).data;
      inputs.get(id)?.forEach((value, at) => {
        worst = Math.max(worst, Math.abs(value - (wanted[at] as number)));
      });
    }
    expect(worst).toBeLessThan(1e-6);
    expect(dataset.samples.filter(({ labels }) => labels[0] === 1)).toHaveLength(16);
  });
});
