import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/datasets/npy.js';
import { loadNetwork } from '../../src/import/network.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { logitsOf, noise, relativeError, runOriginal } from './support.js';

const npy = (path: string) => readNpy(readFileSync(path), path).data;

const MINI = ['conv1d', 'group-dilated', 'inception-lrn', 'mlp', 'mobilenet', 'resnet', 'vgg-bn'];

describe.skipIf(!hasShared)(`golden networks${needsShared}`, () => {
  it.each(MINI)('%s: logits as computed in float64', async (name) => {
    const network = await loadNetwork({ weights: shared('golden', name, 'model.onnx') });
    const input = npy(shared('golden', name, 'x.input.npy'));
    const expected = npy(shared('golden', name, 'x.logits.npy'));
    expect(relativeError(await logitsOf(network.graph, input), expected)).toBeLessThan(2e-6);
    expect(relativeError(await logitsOf(network.unmerged, input), expected)).toBeLessThan(2e-6);
  });
});

/** Networks whose weights are constants, and the value before their softmax. */
const LIGHT = {
  bvlc_alexnet: 'r24',
  densenet121: 'fc6_1',
  inception_v1: 'r143',
  inception_v2: 'r507',
  resnet50: 'r174',
  shufflenet: 'r201',
  squeezenet: 'r65',
  vgg19: 'r46',
  zfnet512: 'r20',
};

describe.skipIf(!hasShared)(`light networks${needsShared}`, () => {
  it.each(Object.entries(LIGHT))(
    '%s: logits as onnxruntime computes them',
    async (name, logits) => {
      const path = shared('models', 'light', `light_${name}.onnx`);
      const network = await loadNetwork({ weights: path });
      expect(network.classes).toBe(1000);
      const input = noise(3 * 224 * 224);
      const original = await runOriginal(readFileSync(path), [1, 3, 224, 224], input, logits);
      expect(relativeError(await logitsOf(network.graph, input), original)).toBeLessThan(1e-5);
    },
    60_000,
  );
});

const CAFFE = ['bvlc_googlenet', 'squeezenet_v1.1'];
const IMAGES = ['ILSVRC2012_val_00000004', 'ILSVRC2012_val_00000009'];

describe.skipIf(!hasShared)(`trained Caffe networks${needsShared}`, () => {
  it.each(CAFFE)('%s: logits as computed in float64', async (name) => {
    const network = await loadNetwork({
      weights: shared('models', name, `${name}.caffemodel`),
      prototxt: shared('models', name, 'deploy.prototxt'),
    });
    for (const image of IMAGES) {
      const input = npy(shared('golden', name, `${image}.input.npy`));
      const expected = npy(shared('golden', name, `${image}.logits.npy`));
      const error = relativeError(await logitsOf(network.graph, input), expected);
      expect(error).toBeLessThan(2e-6);
    }
  });
});
