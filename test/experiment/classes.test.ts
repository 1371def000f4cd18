import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { UnitResult } from '../../src/evaluation/unit.js';
import { loadExperiment } from '../../src/experiment/config.js';
import { notesOf } from '../../src/experiment/notes.js';
import { openExperiment } from '../../src/experiment/open.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH } from '../../src/graph/graph.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { toOnnx } from '../../src/onnx/encode.js';
import { makeTree } from '../datasets/tree.js';
import { evaluateUnits } from '../evaluation/evaluate.js';

/** A network whose outputs are how red, how green and how blue an image of 4 x 4 pixels is. */
function colours(outputs = 3): Buffer {
  const builder = new GraphBuilder('colours');
  builder.input({ name: 'input', type: 'float32', shape: [BATCH, 3, 4, 4] });
  const weights = Float32Array.from({ length: 48 * outputs }, (_, i) =>
    Math.floor(Math.floor(i / outputs) / 16) === i % outputs ? 1 / 16 : 0,
  );
  const flat = builder.add('Flatten', ['input'], { axis: 1 });
  const out = builder.add('MatMul', [flat, builder.store(floatTensor([48, outputs], weights), 'w')]);
  return Buffer.from(toOnnx(builder.build([out])));
}

const PIXELS: Record<string, { r: number; g: number; b: number }> = {
  red: { r: 255, g: 0, b: 0 },
  green: { r: 0, g: 255, b: 0 },
  blue: { r: 0, g: 0, b: 255 },
};

/** An experiment on images of one colour in folders: `images` says what colour lies in which folder. */
async function experiment(
  images: Readonly<Record<string, string>>,
  { labels, outputs = 3, ...changes }: { labels?: string; outputs?: number; [key: string]: unknown } = {},
): Promise<string> {
  const root = makeTree({
    'net.onnx': colours(outputs),
    ...(labels !== undefined && { 'labels.txt': labels }),
  });
  for (const [folder, colour] of Object.entries(images)) {
    mkdirSync(join(root, 'images', folder), { recursive: true });
    const background = PIXELS[colour];
    if (!background) continue;
    const image = sharp({ create: { width: 4, height: 4, channels: 3, background } });
    writeFileSync(join(root, 'images', folder, 'a.png'), await image.png().toBuffer());
  }
  const { dataset, ...rest } = changes;
  const config = {
    name: 'colours',
    model: {
      weights: 'net.onnx',
      preprocessing: { std: 255 },
      ...(labels !== undefined && { labels: 'labels.txt' }),
    },
    dataset: { type: 'folder', root: 'images', ...(dataset as object) },
    methods: ['gradient-x-input'],
    complexity: true,
    ...rest,
  };
  writeFileSync(join(root, 'experiment.yaml'), stringify(config));
  return join(root, 'experiment.yaml');
}

/** Label and prediction of every image. */
async function seen(path: string): Promise<unknown[]> {
  const units: UnitResult[] = [];
  for await (const unit of evaluateUnits(path)) units.push(unit);
  return units.map((unit) =>
    unit.status === 'done' ? [unit.image, unit.labels.join(), unit.top[0]?.label] : unit,
  );
}

const notes = async (path: string) => notesOf(await openExperiment(await loadExperiment(path)));

describe('classes from folders', () => {
  it('are found among the labels of the network by name', async () => {
    const path = await experiment({ red: 'red', Blue: 'blue' }, { labels: 'red\ngreen\nblue\n' });
    expect(await seen(path)).toEqual([
      ['Blue__a', 'blue', 'blue'],
      ['red__a', 'red', 'red'],
    ]);
    expect(await notes(path)).toEqual([]);
  });

  it('are followed by name where the true class is', async () => {
    const perturbation = { region: 2, steps: 1, target: 'true' };
    const path = await experiment({ blue: 'blue' }, { labels: 'red\ngreen\nblue\n', perturbation });
    for await (const unit of evaluateUnits(path))
      expect(unit).toMatchObject({ explanations: [{ class: 'blue', score: 1 }] });
  });

  it('are in order of the alphabet for a network without labels, whatever empty folders there are', async () => {
    const path = await experiment({ a: 'red', b: 'green', c: 'blue', _old: '', __MACOSX: '' });
    expect(await seen(path)).toEqual([
      ['a__a', '0', '0'],
      ['b__a', '1', '1'],
      ['c__a', '2', '2'],
    ]);
    expect(await notes(path)).toEqual(['2 left out, a folder without images: __MACOSX, _old']);
  });

  it('give no accuracy where it cannot be told which outputs they are', async () => {
    const path = await experiment({ cat: 'red', mug: 'blue' }, { labels: 'red\ngreen\nblue\n' });
    expect(await seen(path)).toEqual([
      ['cat__a', '', 'red'],
      ['mug__a', '', 'blue'],
    ]);
    expect(await notes(path)).toEqual([
      expect.stringMatching(
        /^accuracy is not measured: classes of the data set .*expected the 3 outputs of .*, by name or in order .*, got 2 classes, 2 of them not among its labels: cat, mug$/,
      ),
    ]);
    const unnamed = await experiment({ cat: 'red', mug: 'blue' });
    expect(await notes(unnamed)).toEqual([expect.stringMatching(/got 2 classes$/)]);
  });

  it('are refused there when the class of an image is needed', async () => {
    const path = await experiment(
      { cat: 'red', mug: 'blue' },
      { labels: 'red\ngreen\nblue\n', dataset: { select: 'correct' } },
    );
    await expect(notes(path)).rejects.toThrow(/classes of the data set .*got 2 classes, 2 of them not among/);
  });

  it('are refused where a label is beyond the outputs', async () => {
    const path = await experiment({}, { dataset: { select: 'correct', root: '.' } });
    const image = sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } });
    writeFileSync(join(path, '..', 'a.png'), await image.png().toBuffer());
    writeFileSync(join(path, '..', 'labels.csv'), 'id,label\na,3\n');
    await expect(notes(path)).rejects.toThrow(/expected the 3 outputs of .*, got label 3/);
  });
});

describe('classes and labels of one name', () => {
  it('are told apart in results', async () => {
    const path = await experiment({ blue: 'blue' }, { labels: 'crane\nmug\ncrane\n' });
    for await (const unit of evaluateUnits(path))
      expect(unit).toMatchObject({ top: [{ label: 'crane (2)' }, {}, {}] });
  });

  it('are not matched', async () => {
    const path = await experiment({ crane: 'blue', mug: 'green' }, { labels: 'crane\nmug\ncrane\n' });
    expect(await notes(path)).toEqual([
      expect.stringMatching(/got 2 classes, 1 of them not among its labels: crane$/),
    ]);
  });
});
