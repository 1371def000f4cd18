import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '../../src/datasets/boxes.js';
import type { Dataset } from '../../src/datasets/dataset.js';
import { openDataset, readSampleBoxes } from '../../src/datasets/open.js';
import { prepareSample } from '../../src/datasets/prepare.js';
import type { Sample } from '../../src/datasets/sample.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { loadNetworkConfig } from '../../src/experiment/config.js';
import { loadModel } from '../../src/experiment/model.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { sumOverChannels } from '../../src/explain/heatmap.js';
import { createBootstrap } from '../../src/metrics/bootstrap.js';
import { outsideInsideRatio } from '../../src/metrics/boxes.js';
import { boxMask } from '../../src/metrics/mask.js';
import { relevancePart } from '../../src/metrics/relevance.js';

const folder = fileURLToPath(new URL('../../datasets/sample', import.meta.url));
const main = join(folder, 'VOCdevkit/VOC2007/ImageSets/Main');
const side = 128;

interface Image {
  sample: Sample;
  boxes: Box[];
  /** The main object's class: the first in the annotation. */
  label: number;
  /** Share of the image covered by the boxes of that class, the difficult ones left out. */
  share: number;
  predicted: number;
  /** Outside-inside ratio of positive relevance, LRP alpha 2 beta 1, class `label`. */
  ratio: number;
}

let dataset: Dataset;
let images: Image[];

beforeAll(async () => {
  dataset = await openDataset({
    type: 'voc',
    year: 2007,
    split: 'test',
    root: join(folder, 'VOCdevkit'),
    labels: join(folder, 'classes.txt'),
  });
  const { network, preprocessing } = await loadModel(await loadNetworkConfig(join(folder, 'network.yaml')));
  const explainer = await createExplainers(onnxruntime, network, ['lrp-alpha2-beta1']);
  images = [];
  for (const sample of dataset.samples) {
    const boxes = await readSampleBoxes(dataset, sample);
    const label = (boxes[0] as Box).label;
    const own = boxes.filter((box) => box.label === label && !box.difficult);
    const mask = boxMask(own, side, side);
    const { input } = await prepareSample(sample.path, preprocessing, network.inputShape);
    const [[explained] = []] = await explainer.explain([{ id: sample.id, input, target: label }]);
    if (!explained) throw new Error('no explanation');
    const relevance = relevancePart(sumOverChannels(explained), 'positive');
    images.push({
      sample,
      boxes,
      label,
      share: mask.reduce((sum, bit) => sum + bit, 0) / mask.length,
      predicted: explained.logits.indexOf(Math.max(...explained.logits)),
      ratio: outsideInsideRatio({ relevance, mask, width: side, tolerance: 0 }) as number,
    });
  }
  await explainer.release();
});

/** Values of the images of the context classes (outputs 0 to 4) and of the object classes (5 to 9). */
function groups(value: (image: Image) => number): { context: number[]; object: number[] } {
  return {
    context: images.filter(({ label }) => label < 5).map(value),
    object: images.filter(({ label }) => label >= 5).map(value),
  };
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the embedded sample', () => {
  it('has 100 images, ten whose main object is of each of the ten classes', () => {
    expect(dataset.samples).toHaveLength(100);
    expect(dataset.classes).toHaveLength(10);
    const counts = dataset.classes.map((_, c) => images.filter(({ label }) => label === c).length);
    expect(counts).toEqual(new Array(10).fill(10));
  });

  it('stays small', () => {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const bytes = files.map((file) => statSync(join(file.parentPath, file.name)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(4e6);
    for (const network of ['network.onnx', 'transformer.onnx'])
      expect(statSync(join(folder, network)).size).toBeLessThan(1.5e6);
  });

  it('has every box inside its image', () => {
    for (const { boxes } of images) {
      for (const { left, top, right, bottom } of boxes) {
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(Math.max(right, bottom)).toBeLessThanOrEqual(side);
        expect(Math.min(right - left, bottom - top)).toBeGreaterThan(5);
      }
    }
  });

  it('has images with several objects, of one and of two classes, truncated and difficult ones', () => {
    const count = (test: (image: Image) => boolean) => images.filter(test).length;
    expect(count(({ boxes }) => boxes.filter(({ difficult }) => !difficult).length === 2)).toBe(12);
    expect(count(({ sample }) => sample.labels.length === 2)).toBe(2);
    expect(count(({ boxes }) => boxes.some(({ truncated }) => truncated))).toBe(10);
    expect(count(({ boxes }) => boxes.some(({ difficult }) => difficult))).toBe(10);
  });

  it('lists per class what the annotations say', () => {
    dataset.classes.forEach((name, label) => {
      const expected = images.map(({ sample, boxes }) => {
        const own = boxes.filter((box) => box.label === label);
        const flag = own.length === 0 ? -1 : own.every(({ difficult }) => difficult) ? 0 : 1;
        return `${sample.id} ${String(flag).padStart(2)}`;
      });
      const lines = readFileSync(join(main, `${name}_test.txt`), 'utf8')
        .trim()
        .split('\n');
      expect(lines, name).toEqual(expected);
    });
  });

  it('has boxes of the same size in both groups, so that ratios compare', () => {
    const { context, object } = groups(({ share }) => share);
    expect(Math.abs(mean(context) - mean(object))).toBeLessThan(0.01);
  });

  it('is classified without an error', () => {
    expect(images.filter(({ label, predicted }) => label !== predicted)).toEqual([]);
  });

  // The truth (README.md): the scene decides about context classes, the object about object classes.
  it('shows its truth in the outside-inside ratio of LRP', () => {
    const bootstrap = createBootstrap({ seed: 1 });
    const intervals = dataset.classes.map((_, c) =>
      bootstrap.mean(images.filter(({ label }) => label === c).map(({ ratio }) => ratio)),
    );
    const lowestContext = Math.min(...intervals.slice(0, 5).map((interval) => interval?.low as number));
    const highestObject = Math.max(...intervals.slice(5).map((interval) => interval?.high as number));
    expect(lowestContext).toBeGreaterThan(2 * highestObject);
    const { context, object } = groups(({ ratio }) => ratio);
    expect(mean(context)).toBeGreaterThan(10 * mean(object));
  });
});
