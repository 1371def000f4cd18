import { describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import type { Graph } from '../../src/graph/graph.js';
import { Reference } from './dense.js';
import { NetworkBuilder, networkFrom, numbers, relativeError } from './networks.js';

async function heatmap(graph: Graph, method: string, input: Float32Array, target: number) {
  const explainers = await createExplainers(onnxruntime, networkFrom(graph), [method]);
  const [[explained] = []] = await explainers.explain([{ id: 'x', input, target }]);
  await explainers.release();
  return explained;
}

/** Three channels of 5 x 4, a convolution with ReLU, and a dense layer of four classes. */
function classifier(): Graph {
  const network = new NetworkBuilder([3, 5, 4]);
  const weights = network.constant([4, 3, 3, 3], numbers(108, 'w'));
  const attributes = {
    kernel_shape: [3, 3],
    strides: [1, 1],
    pads: [1, 1, 1, 1],
    dilations: [1, 1],
    group: 1,
  };
  const hidden = network.add('Relu', [network.add('Conv', [network.input, weights, network.constant([4], numbers(4, 'b'))], attributes)]); // biome-ignore format: one line
  const dense = Array.from({ length: 4 }, (_, j) => Array.from(numbers(80, 'dense', j)));
  return network.build(network.gemm(network.reshape(hidden, [80]), dense, [0.1, -0.2, 0.3, 0]));
}

describe('contrastive excitation backprop', () => {
  test('sends the signed difference down and cuts only the map', async () => {
    // h = (3, 2) gets 3/3 from w+ and -(2/2) from w-; x_1 gets 1/3 of the one and all of the other.
    const network = new NetworkBuilder([2]);
    const hidden = network.add('Relu', [network.gemm(network.input, [[1, 1], [2, 0]])]); // biome-ignore format: a matrix
    const graph = network.build(network.gemm(hidden, [[1, -1], [1, 1]])); // biome-ignore format: a matrix
    const explained = await heatmap(graph, 'contrastive-excitation-backprop', Float32Array.of(1, 2), 0);
    expect(explained?.relevance[0]).toBe(0);
    expect(explained?.relevance[1]).toBeCloseTo(2 / 3, 5);
  });

  test('sums over channels before it cuts, and does not turn round below a negative logit', async () => {
    const graph = classifier();
    const input = numbers(60, 'x');
    const reference = new Reference(graph, input);
    for (const target of [0, 1, 2, 3]) {
      const start = reference.logits.map((_, j) => (j === target ? 1 : 0));
      const ruleOf = ({ op }: { op: string }) =>
        op === 'Gemm' ? 'contrast' : op === 'Conv' ? 'zplus' : 'pass';
      const signed = reference.relevance(start, ruleOf);
      const expected = Array.from({ length: 20 }, (_, i) =>
        Math.max(0, (signed[i] as number) + (signed[i + 20] as number) + (signed[i + 40] as number)),
      );
      const explained = await heatmap(graph, 'contrastive-excitation-backprop', input, target);
      expect(explained?.channels).toBe(1);
      expect(relativeError(explained?.relevance ?? [], expected)).toBeLessThan(1e-5);
    }
    expect(Math.min(...reference.logits)).toBeLessThan(0);
  });
});
