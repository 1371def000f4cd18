import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../src/datasets/open.js';
import { prepareSample } from '../../src/datasets/prepare.js';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { type FloatTensor, floatTensor } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { hasShared, needsShared, shared } from '../shared.js';

/**
 * How many of the 325 images are classified here. Of all of them GoogLeNet, right on every one when PIL resizes, is
 * right on 324, and SqueezeNet predicts on 322 what it does with PIL.
 */
const limit = 40;

/** The class that a trained network predicts for each of the images, by id. */
async function predict(
  name: string,
  crop: number,
): Promise<Map<string, { label: number; predicted: number }>> {
  const network = await loadNetwork({
    weights: shared('models', name, `${name}.caffemodel`),
    prototxt: shared('models', name, 'deploy.prototxt'),
  });
  const session = await onnxruntime.load(network.graph);
  const caffe = preprocessingSchema.parse({
    resize: [256, 256],
    crop,
    channels: 'bgr',
    mean: [104, 117, 123],
  });
  const { samples } = await openDataset({
    type: 'ilsvrc2012',
    root: shared('datasets', 'ILSVRC2012'),
    limit,
  });
  const predictions = new Map<string, { label: number; predicted: number }>();
  for (const { id, path, labels } of samples) {
    const { input } = await prepareSample(path, caffe, network.inputShape);
    const outputs = await session.run({ input: floatTensor([1, ...network.inputShape], input) });
    const scores = [...(outputs.logits as FloatTensor).data];
    predictions.set(id, { label: labels[0] as number, predicted: scores.indexOf(Math.max(...scores)) });
  }
  await session.release();
  return predictions;
}

/** Top-1 class by image id, computed with PIL's resize by another implementation. */
function reference(name: string): Map<string, number> {
  const lines = readFileSync(shared('reference', `${name}_val1000_caffe_preproc.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  return new Map(lines.map((line) => [line.split(',')[0] as string, Number(line.split(',')[2])]));
}

describe.runIf(hasShared)(`classification of real images resized by sharp${needsShared}`, () => {
  it('GoogLeNet is right', async () => {
    const predictions = [...(await predict('bvlc_googlenet', 224))];
    expect(predictions).toHaveLength(limit);
    expect(predictions.filter(([, { label, predicted }]) => label !== predicted)).toEqual([]);
  });

  it('SqueezeNet predicts what it does with PIL', async () => {
    const expected = reference('squeezenet_v1.1');
    const predictions = [...(await predict('squeezenet_v1.1', 227))];
    expect(predictions).toHaveLength(limit);
    expect(predictions.filter(([id, { predicted }]) => expected.get(id) !== predicted)).toEqual([]);
  });
});
