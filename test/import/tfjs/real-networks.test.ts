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
