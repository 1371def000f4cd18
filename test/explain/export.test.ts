import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { exportExplanation } from '../../src/explain/export.js';
import { loadNetwork } from '../../src/import/network.js';
import { ModelProto } from '../../src/onnx/schema.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { numbers, relativeError } from './networks.js';

describe.skipIf(!hasShared)(`a saved explanation${needsShared}`, () => {
  const load = () => loadNetwork({ weights: shared('golden', 'inception-lrn', 'model.onnx') });
  const options = { low: [-1], high: [1] };

  test.each(['lrp-alpha2-beta1', 'epsilon-gamma-box', 'gradient', 'excitation-backprop'])(
    '%s: plain onnxruntime computes the same relevance',
    async (method) => {
      const network = await load();
      const model = await ort.InferenceSession.create(exportExplanation(network, method, options));
      expect(model.inputNames).toEqual(['input', 'target']);
      expect(model.outputNames).toEqual(['logits', 'relevance']);
      const inputs = [numbers(3 * 36 * 36, 'a'), numbers(3 * 36 * 36, 'b')];
      const targets = [1, 3];
      const { relevance, logits } = await model.run({
        input: new ort.Tensor('float32', Float32Array.from(inputs.flatMap((x) => [...x])), [
          2,
          ...network.inputShape,
        ]),
        target: new ort.Tensor('int64', BigInt64Array.from(targets, BigInt), [2]),
      });
      await model.release();
      const explainer = await createExplainers(onnxruntime, network, [method], options);
      const [expected = []] = await explainer.explain(
        inputs.map((input, i) => ({ id: '', input, target: targets[i] as number })),
      );
      await explainer.release();
      const joined = (part: 'relevance' | 'logits') =>
        Float32Array.from(expected.flatMap((each) => [...(each?.[part] ?? [])]));
      expect(relativeError(relevance?.data as Float32Array, joined('relevance'))).toBeLessThan(1e-6);
      expect(relativeError(logits?.data as Float32Array, joined('logits'))).toBeLessThan(1e-6);
    },
  );

  test('says the types and shapes of its inputs and outputs', async () => {
    const network = await load();
    const { graph } = ModelProto.toObject(ModelProto.decode(exportExplanation(network, 'lrp-zplus')), {
      longs: Number,
    });
    const described = [...graph.input, ...graph.output].map(({ name, type: { tensor_type: tensor } }) => [
      name,
      tensor.elem_type,
      tensor.shape.dim.map(
        (dim: { dim_param?: string; dim_value?: number }) => dim.dim_param ?? dim.dim_value,
      ),
    ]);
    expect(described).toEqual([
      ['input', 1, ['batch', 3, 36, 36]],
      ['target', 7, ['batch']],
      ['logits', 1, ['batch', network.classes]],
      ['relevance', 1, ['batch', 3, 36, 36]],
    ]);
  });

  test.each(['smoothgrad', 'random', 'sensitivity-l2', 'occlusion', 'contrastive-excitation-backprop'])(
    '%s cannot be saved',
    async (method) => {
      const network = await load();
      expect(() => exportExplanation(network, method)).toThrow(
        `method '${method}' cannot be saved as a model`,
      );
    },
  );
});
