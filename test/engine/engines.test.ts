import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { tfjs } from '../../src/engine/tfjs.js';
import { wasm } from '../../src/engine/wasm.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { relativeError } from '../explain/networks.js';
import { noise } from '../import/support.js';
import { hasShared, needsShared, shared } from '../shared.js';

const METHODS = [
  'gradient',
  'guided-backprop',
  'lrp-epsilon-0.01',
  'lrp-alpha2-beta1',
  'epsilon-plus-flat',
  'epsilon-gamma-box',
  'excitation-backprop',
  'integrated-gradients',
];

const NETWORKS = ['conv1d', 'group-dilated', 'inception-lrn', 'mlp', 'mobilenet', 'resnet', 'vgg-bn'];

const TRANSFORMER_METHODS = ['gradient', 'attnlrp', 'attnlrp-gamma', 'cp-lrp'];

const TRANSFORMERS = [
  'cct-mini',
  'convnext-mini',
  'gated-cnn',
  'mha-torch',
  'swin-mini',
  'vit-gap',
  'vit-tiny',
];

const CASES = [
  ...NETWORKS.map((name) => ({ name, file: shared('golden', name, 'model.onnx'), methods: METHODS })),
  ...TRANSFORMERS.map((name) => ({
    name,
    file: shared('golden-transformers', name, 'model-opset17.onnx'),
    methods: TRANSFORMER_METHODS,
  })),
];

/** By engine, how far its numbers may lie from the native ones. */
const ENGINES = [
  { name: 'wasm', engine: wasm, tolerance: 1e-5 },
  { name: 'tfjs', engine: tfjs, tolerance: 1e-4 },
];

describe.skipIf(!hasShared).each(ENGINES)(`$name computes what native code does${needsShared}`, (other) => {
  it.each(CASES)(
    '$name',
    async ({ file, methods }) => {
      const network = await loadNetwork({ weights: file });
      const inputs = [1, 2].map((seed) => noise(sizeOf(network.inputShape), seed));
      const explained = async (engine: Engine) => {
        const set = await createExplainers(engine, network, methods, { low: [-1], high: [1] });
        const requests = inputs.map((input, i) => ({ id: String(i), input, target: i }));
        const results = await set.explain(requests);
        await set.release();
        return results;
      };
      const [native, portable] = [await explained(onnxruntime), await explained(other.engine)];
      for (const [m, method] of methods.entries()) {
        for (const i of inputs.keys()) {
          const [expected, actual] = [native[m]?.[i], portable[m]?.[i]];
          expect(
            relativeError(actual?.logits as Float32Array, expected?.logits as Float32Array),
          ).toBeLessThan(1e-5);
          expect(
            relativeError(actual?.relevance as Float32Array, expected?.relevance as Float32Array),
            method,
          ).toBeLessThan(other.tolerance);
        }
      }
    },
    60_000,
  );
});

describe('sessions in WebAssembly', () => {
  const builder = new GraphBuilder('net');
  const x = builder.input({ name: 'x', type: 'float32', shape: [-1, 2] });
  const graph = builder.build([builder.add('Mul', [x, builder.scalar(3)], {}, 'y')]);

  it('write outputs into tensors that are given', async () => {
    const session = await wasm.load(graph);
    const y = floatTensor([2, 2], new Float32Array(4));
    const outputs = await session.run({ x: floatTensor([2, 2], [1, 2, 3, 4]) }, { y });
    await session.release();
    expect(outputs.y).toBe(y);
    expect([...y.data]).toEqual([3, 6, 9, 12]);
  });

  it('say what they are', () => {
    expect(wasm.name).toMatch(/^onnxruntime-web \d+\.\d+\.\d+ wasm$/);
    expect(onnxruntime.name).toMatch(/^onnxruntime-node \d+\.\d+\.\d+$/);
  });
});
