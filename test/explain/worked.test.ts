import { expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { compileExplanation } from '../../src/explain/compile.js';
import { uniform } from '../../src/explain/composites.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { NetworkBuilder } from './networks.js';

/** The relevance of x when the outputs of one dense layer carry the relevance `carried`. */
async function relevance(
  rule: string,
  weights: number[][],
  bias: number[] | undefined,
  x: number[],
  carried: number[],
  bound = 1.5,
): Promise<number[]> {
  const network = new NetworkBuilder([x.length]);
  const graph = network.build(network.gemm(network.input, weights, bias));
  const explanation = compileExplanation(
    graph,
    [{ composite: uniform(rule), start: 'one', ends: [{ output: 'relevance' }] }],
    {
      weights: true,
      bounds: { low: [-bound], high: [bound] },
    },
  );
  const session = await onnxruntime.load(explanation);
  const result = await session.run({
    input: floatTensor([1, x.length], x),
    weights: floatTensor([1, carried.length], carried),
  });
  await session.release();
  return Array.from(result.relevance?.data as Float32Array);
}

const W = [
  [1, -2, 0.5],
  [-1.5, 1, 2],
];

test.each([
  ['epsilon-1e-6', [0.25, -0.5], [-3.1428413878, 3.714269796, 3.1428488164]],
  ['zplus', [0.25, -0.5], [0.79999936, 1.999996, 0]],
  ['alpha2-beta1', [0.25, -0.5], [0.8499989075, 3.3333257778, -1.3333328611]],
  ['gamma-0.25', [0.25, -0.5], [-0.7666642919, 1.7777746272, 2.1111092642]],
  ['wsquare', undefined, [0.8111657238, 1.0377666477, 1.1510671622]],
  ['flat', [0.25, -0.5], [0.9999996667, 0.9999996667, 0.9999996667]],
  ['zbox', [0.25, -0.5], [0.926315572, 1.4877189252, 0.585964759]],
])('%s of the worked layer', async (rule, bias, expected) => {
  const got = await relevance(rule, W, bias, [1, 0.5, -1], [1, 2]);
  expected.forEach((value, i) => {
    expect(got[i]).toBeCloseTo(value, 5);
  });
});

test('epsilon 0 shares by contribution, bias included in the denominator', async () => {
  const got = await relevance('epsilon-0', [[3, 4], [5, 6]], [7, 8], [1, 2], [1 / 3, 2 / 3]); // biome-ignore format: a matrix
  expect(got[0]).toBeCloseTo(17 / 90, 6);
  expect(got[1]).toBeCloseTo(316 / 675, 6);
});

test('linear decomposition: epsilon on one layer without bias is x * w', async () => {
  const network = new NetworkBuilder([3]);
  const graph = network.build(network.gemm(network.input, W));
  const session = await onnxruntime.load(
    compileExplanation(
      graph,
      [{ composite: uniform('epsilon-0'), start: 'logit', ends: [{ output: 'relevance' }] }],
      {
        weights: true,
      },
    ),
  );
  const x = [0.5, -2, 3];
  const result = await session.run({ input: floatTensor([1, 3], x), weights: floatTensor([1, 2], [0, 1]) });
  await session.release();
  expect(Array.from(result.relevance?.data as Float32Array)).toEqual([-0.75, -2, 6]);
});
