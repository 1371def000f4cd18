import { describe, expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import type { Graph, Node } from '../../src/graph/graph.js';
import { Reference } from './dense.js';
import { NetworkBuilder, networkFrom, numbers, relativeError } from './networks.js';

/** Two dense layers of eight neurons with an activation behind each, and four classes. */
function network(activation: (network: NetworkBuilder, x: string) => string): Graph {
  const build = new NetworkBuilder([6]);
  const weights = (rows: number, columns: number, key: string) =>
    Array.from({ length: rows }, (_, j) => Array.from(numbers(columns, key, j)));
  const first = activation(build, build.gemm(build.input, weights(8, 6, 'a'), [...numbers(8, 'b')]));
  const second = activation(build, build.gemm(first, weights(8, 8, 'c'), [...numbers(8, 'd')]));
  return build.build(build.gemm(second, weights(4, 8, 'e')));
}

const clip =
  (low: number, high: number) =>
  (build: NetworkBuilder, x: string): string =>
    build.add('Clip', [x, build.builder.scalar(low), build.builder.scalar(high)]);
const plain =
  (op: string) =>
  (build: NetworkBuilder, x: string): string =>
    build.add(op, [x]);

const input = numbers(6, 'y');

async function signal(graph: Graph, method: string): Promise<Float32Array> {
  const explainers = await createExplainers(onnxruntime, networkFrom(graph), [method]);
  const [[explained] = []] = await explainers.explain([{ id: 'x', input, target: 2 }]);
  await explainers.release();
  return explained?.relevance as Float32Array;
}

function swishSlope(x: number): number {
  const gate = 1 / (1 + Math.exp(-x));
  return gate + x * gate * (1 - gate);
}

/** The papers' formulas, layer by layer, over the values of the reference. */
function expected(graph: Graph, method: string, ceiling: number): Float64Array {
  const { values } = new Reference(graph, input);
  const weights = (node: Node) => values.get(node.inputs[1] as string) as Float64Array;
  let signal = Float64Array.of(0, 0, 1, 0);
  for (const node of [...graph.nodes].reverse()) {
    const x = values.get(node.inputs[0] as string) as Float64Array;
    if (node.op === 'Gemm') {
      const [W, above] = [weights(node), signal];
      signal = x.map((_, i) => above.reduce((sum, g, j) => sum + g * (W[j * x.length + i] as number), 0));
    } else if (node.op === 'Mul') {
      // The derivative of x sigmoid(x), both ways at once.
      signal = signal.map((g, i) => g * swishSlope(x[i] as number));
    } else if (node.op !== 'Sigmoid') {
      const open = (v: number) => method === 'deconvnet' || (v > 0 && v < ceiling);
      signal = signal.map((g, i) => (open(x[i] as number) ? Math.max(g, 0) : 0));
    }
  }
  return signal;
}

describe.each(['deconvnet', 'guided-backprop'])('%s', (method) => {
  test.each([
    ['ReLU', plain('Relu'), Number.POSITIVE_INFINITY],
    ['ReLU with a ceiling of 0.8', clip(0, 0.8), 0.8],
  ])('%s', async (_, activation, ceiling) => {
    const graph = network(activation);
    const got = await signal(graph, method);
    expect(relativeError(got, expected(graph, method, ceiling))).toBeLessThan(1e-6);
    expect(relativeError(got, await signal(graph, 'gradient'))).toBeGreaterThan(0.1);
  });

  test.each([
    ['LeakyRelu', plain('LeakyRelu')],
    ['Elu', plain('Elu')],
    ['Tanh', plain('Tanh')],
    ['Sigmoid', plain('Sigmoid')],
    ['HardSwish', plain('HardSwish')],
    ['Clip', clip(-1, 1)],
  ])('%s is refused', async (op, activation) => {
    await expect(signal(network(activation), method)).rejects.toThrow(
      new RegExp(
        `is for ReLU and says nothing of ${op} '${op}'.*\\{match: \\{op: ${op}\\}, rule: gradient\\}`,
      ),
    );
  });

  test('gates take their derivative, and a network of nothing but gates is refused', async () => {
    const swish = (build: NetworkBuilder, x: string) => build.add('Mul', [x, build.add('Sigmoid', [x])]);
    await expect(signal(network(swish), method)).rejects.toThrow("is for ReLU, and network 'test' has none");
    const gated = network((build, x) => swish(build, build.add('Relu', [x])));
    const got = await signal(gated, method);
    expect(relativeError(got, expected(gated, method, Number.POSITIVE_INFINITY))).toBeLessThan(1e-6);
  });

  test('a network without activations is linear, and its signal the gradient', async () => {
    const graph = network((_, x) => x);
    expect(await signal(graph, method)).toEqual(await signal(graph, 'gradient'));
  });
});
