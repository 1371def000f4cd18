import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset, readSampleBoxes } from '../../src/datasets/open.js';
import { InputError } from '../../src/errors.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { annotationXml, jpeg, makeTree } from './tree.js';

const open = (root: string) => openDataset({ type: 'ilsvrc2012', root });
const image = (i: number) => `ILSVRC2012_val_${String(i).padStart(8, '0')}`;
const csv = (...lines: string[]) => ['ImageId,PredictionString', ...lines, ''].join('\n');

describe('ilsvrc2012', () => {
  it('takes labels of a flat folder from LOC_val_solution.csv, in the order of sorted synsets', async () => {
    const root = makeTree({
      [`val/${image(2)}.JPEG`]: 'x',
      [`val/${image(1)}.JPEG`]: 'x',
      [`val/${image(9)}.JPEG`]: 'x',
      [`Annotations/val/${image(2)}.xml`]: 'x',
      'val/.DS_Store': 'x',
      'val/readme.txt': 'x',
      'LOC_val_solution.csv': csv(
        `${image(1)},n01443537 1 2 3 4 `,
        `${image(2)},n15075141 85 1 499 272 n15075141 1 1 2 2 `,
        `${image(3)},n01440764 1 1 2 2`,
      ),
    });
    const dataset = await open(root);
    expect(dataset.samples).toEqual([
      { id: image(1), path: join(root, `val/${image(1)}.JPEG`), labels: [1] },
      {
        id: image(2),
        path: join(root, `val/${image(2)}.JPEG`),
        labels: [999],
        annotation: join(root, `Annotations/val/${image(2)}.xml`),
      },
    ]);
    expect(dataset.missing).toEqual([image(3)]);
    expect(dataset.unlabelled).toEqual([image(9)]);
    expect(dataset.classes[1]).toBe('goldfish, Carassius auratus');
    expect(await readSampleBoxes(dataset, dataset.samples[0] as never)).toEqual([]);
  });

  it("takes labels from the devkit's ground truth file, whose IDs count classes in another order", async () => {
    const truth = Array.from({ length: 50_000 }, () => '1');
    truth.splice(0, 3, '490', '1000', '449');
    const root = makeTree({
      'ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt': `${truth.join('\r\n')}\r\n`,
      [`val/${image(1)}.JPEG`]: 'x',
      [`val/${image(3)}.JPEG`]: 'x',
      [`val/${image(50_000)}.JPEG`]: 'x',
    });
    const { samples, missing } = await open(root);
    // ID 490 is the sea snake n01751748 (65), 449 the tench (0), 1 the kit fox n02119789 (278).
    expect(samples.map(({ labels }) => labels)).toEqual([[65], [0], [278]]);
    expect(missing).toHaveLength(49_997);
  });

  it('takes labels from a folder per synset', async () => {
    const root = makeTree({
      [`val/n01443537/${image(5)}.JPEG`]: 'x',
      [`val/n01440764/${image(7)}.JPEG`]: 'x',
      'val/n99999999/other.JPEG': 'x',
      'val/notes/other.JPEG': 'x',
    });
    const { samples, unlabelled, leftOut } = await open(root);
    expect(samples.map(({ id, labels }) => [id, labels])).toEqual([
      [image(5), [1]],
      [image(7), [0]],
    ]);
    expect(unlabelled).toEqual(['other']);
    expect(leftOut).toEqual([{ path: join(root, 'val/notes'), reason: 'a folder that is no synset' }]);
  });

  it('takes an image that is listed with its ending, or twice with one class', async () => {
    const root = makeTree({
      [`val/${image(1)}.JPEG`]: 'x',
      'LOC_val_solution.csv': csv(
        `${image(1)}.JPEG,n01443537 1 2 3 4 n01443537 5 6 7 8\n${image(1)},n01443537 1 2 3 4`,
      ),
    });
    const { samples, missing } = await open(root);
    expect(samples.map(({ id, labels }) => [id, labels])).toEqual([[image(1), [1]]]);
    expect(missing).toEqual([]);
  });

  it("understands Kaggle's layout", async () => {
    const root = makeTree({
      [`ILSVRC/Data/CLS-LOC/val/${image(1)}.JPEG`]: 'x',
      [`ILSVRC/Annotations/CLS-LOC/val/${image(1)}.xml`]: 'x',
      'LOC_val_solution.csv': csv(`${image(1)},n01443537 1 2 3 4`),
    });
    const { samples } = await open(root);
    expect(samples[0]?.annotation).toBe(join(root, `ILSVRC/Annotations/CLS-LOC/val/${image(1)}.xml`));
  });

  it('counts pixels of boxes from 0', async () => {
    const root = makeTree({
      [`val/${image(1)}.JPEG`]: await jpeg(100, 50),
      [`Annotations/val/${image(1)}.xml`]: annotationXml(
        image(1),
        [100, 50],
        [{ name: 'n01443537', box: [0, 10, 99, 19] }],
      ),
      'LOC_val_solution.csv': csv(`${image(1)},n01443537 0 10 99 19`),
    });
    const dataset = await open(root);
    expect(await readSampleBoxes(dataset, dataset.samples[0] as never)).toEqual([
      { label: 1, difficult: false, truncated: false, left: 0, top: 10, right: 100, bottom: 20 },
    ]);
  });

  it.each([
    ['no folder', {}, 'data set: .* is not a folder', '/nowhere'],
    ['no images', { 'LOC_val_solution.csv': csv() }, 'no images in'],
    [
      'no labels',
      { [`val/${image(1)}.JPEG`]: 'x' },
      'no labels in .*LOC_val_solution.csv, ILSVRC2012_validation_ground_truth.txt',
    ],
    [
      'another csv',
      { [`val/${image(1)}.JPEG`]: 'x', 'LOC_val_solution.csv': 'a,b\n' },
      "expected a first line 'ImageId,PredictionString', got 'a,b'",
    ],
    [
      'a malformed line',
      { [`val/${image(1)}.JPEG`]: 'x', 'LOC_val_solution.csv': csv('../../etc/passwd,n01443537') },
      'line 2\\): expected an image id',
    ],
    [
      'an image with two classes in two lines',
      {
        [`val/${image(1)}.JPEG`]: 'x',
        'LOC_val_solution.csv': csv(`${image(1)},n01440764 1 1 2 2\n${image(1)},n01443537 1 1 2 2`),
      },
      `line 3\\): expected one class for image ${image(1)}, got n01440764 and n01443537`,
    ],
    [
      'an image with two classes in one line',
      {
        [`val/${image(1)}.JPEG`]: 'x',
        'LOC_val_solution.csv': csv(`${image(1)},n01440764 1 1 2 2 n01443537 1 1 2 2`),
      },
      'line 2\\): expected one class for image .*, got n01440764 and n01443537',
    ],
    [
      'a short ground truth file',
      { [`val/${image(1)}.JPEG`]: 'x', 'ILSVRC2012_validation_ground_truth.txt': '490\n' },
      'expected 50000 lines, got 1',
    ],
    [
      'an ID of 1001',
      {
        [`val/${image(1)}.JPEG`]: 'x',
        'ILSVRC2012_validation_ground_truth.txt': `1001\n${'1\n'.repeat(49_999)}`,
      },
      "line 1\\): expected an ILSVRC2012_ID from 1 to 1000, got '1001'",
    ],
    [
      'an image in two synset folders',
      { 'val/n01443537/a.JPEG': 'x', 'val/n01440764/a.JPEG': 'x' },
      'image a lies in two synset folders',
    ],
    ['two files of one stem', { 'val/a.JPEG': 'x', 'val/a.png': 'x' }, 'two images of one name'],
  ] as [string, Record<string, string>, string, string?][])(
    'says clearly: %s',
    async (_, files, message, below = '') => {
      const attempt = open(makeTree({ 'x.txt': '', ...files }) + below);
      await expect(attempt).rejects.toThrow(InputError);
      await expect(attempt).rejects.toThrow(new RegExp(message));
    },
  );

  it.runIf(hasShared)(`lists the real images, labels and boxes${needsShared}`, async () => {
    const root = shared('datasets', 'ILSVRC2012');
    const dataset = await open(root);
    const { samples, missing, unlabelled } = dataset;
    expect(samples.map(({ id }) => `${id}.JPEG`)).toEqual(readdirSync(join(root, 'val')).sort());
    expect([missing.length, unlabelled.length]).toEqual([49_675, 0]);
    expect(samples[0]).toMatchObject({ id: image(4), labels: [809] });
    expect(await readSampleBoxes(dataset, samples[0] as never)).toEqual([
      { label: 809, difficult: false, truncated: false, left: 94, top: 15, right: 442, bottom: 285 },
    ]);
    for (const sample of samples) {
      const labels = new Set((await readSampleBoxes(dataset, sample)).map(({ label }) => label));
      expect([...labels]).toEqual(sample.labels);
    }
  });
});
