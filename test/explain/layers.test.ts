import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { compileExplanation } from '../../src/explain/compile.js';
import { type Composite, uniform } from '../../src/explain/composites.js';
import { windowSpan } from '../../src/graph/geometry.js';
import type { Graph } from '../../src/graph/graph.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { Reference } from './dense.js';
import { NetworkBuilder, numbers, relativeError } from './networks.js';

const RULES = [
  'epsilon-1e-6',
  'epsilon-0.25',
  'zplus',
  'alpha2-beta1',
  'alpha3-beta2',
  'gamma-0.25',
  'wsquare',
  'flat',
  'zbox',
];

/** Relevance of the input when random relevance lies on every number of `output`, compiled and by reference. */
async function both(
  network: NetworkBuilder,
  output: string,
  composite: Composite,
  rule: string,
  seed: number,
) {
  const { shape } = network;
  const partial = network.build(output);
  const size = sizeOf((inferShapes(partial).get(output) as number[]).slice(1));
  const graph: Graph = network.build(network.reshape(output, [size]));
  const x = numbers(sizeOf(shape), 'x', seed);
  const start = numbers(size, 'R', seed);
  const explanation = compileExplanation(
    graph,
    [{ composite, start: 'one', ends: [{ output: 'relevance' }] }],
    {
      weights: true,
      bounds: { low: [-1], high: [1] },
    },
  );
  const session = await onnxruntime.load(explanation);
  const result = await session.run({
    input: floatTensor([1, ...shape], x),
    weights: floatTensor([1, size], start),
  });
  await session.release();
  const reference = new Reference(graph, x);
  const expected = reference.relevance(start, (node) => (isLinear(node.op) ? rule : 'proportional'));
  return {
    relevance: result.relevance?.data as Float32Array,
    expected,
    logits: Object.values(result)[0]?.data as Float32Array,
    expectedLogits: reference.logits,
  };
}

function isLinear(op: string): boolean {
  return op === 'Conv' || op === 'Gemm';
}

/** Windows over one or two axes: kernels, strides, asymmetric pads, dilations, and sizes that leave a remainder. */
const windows = fc
  .array(
    fc.record({
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      begin: fc.integer({ min: 0, max: 2 }),
      end: fc.integer({ min: 0, max: 2 }),
      extra: fc.integer({ min: 0, max: 5 }),
    }),
    { minLength: 1, maxLength: 2 },
  )
  .map((axes) => ({
    size: axes.map(({ kernel, dilation, extra }) => windowSpan(kernel, dilation) + extra),
    attributes: {
      kernel_shape: axes.map(({ kernel }) => kernel),
      strides: axes.map(({ stride }) => stride),
      dilations: axes.map(({ dilation }) => dilation),
      pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)],
    },
  }));

test.each(RULES)('%s of convolutions: groups, strides, dilations, pads, one and two axes', async (rule) => {
  const convolution = fc.record({
    windows,
    group: fc.integer({ min: 1, max: 3 }),
    channelsOfGroup: fc.integer({ min: 1, max: 2 }),
    filtersOfGroup: fc.integer({ min: 1, max: 2 }),
    biased: fc.boolean(),
    rectified: rule === 'zbox' ? fc.constant(false) : fc.boolean(),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(convolution, async (layer) => {
      const { size, attributes } = layer.windows;
      const { group, channelsOfGroup, filtersOfGroup, seed } = layer;
      const network = new NetworkBuilder([group * channelsOfGroup, ...size]);
      const dims = [group * filtersOfGroup, channelsOfGroup, ...attributes.kernel_shape];
      const x = layer.rectified ? network.add('Relu', [network.input]) : network.input;
      const weights = network.constant(dims, numbers(sizeOf(dims), 'w', seed));
      const bias = layer.biased ? [network.constant([dims[0] as number], numbers(dims[0] as number, 'b', seed))] : []; // biome-ignore format: one line
      const output = network.add('Conv', [x, weights, ...bias], { ...attributes, group });
      const { relevance, expected, logits, expectedLogits } = await both(network, output, uniform(rule), rule, seed); // biome-ignore format: one line
      expect(relativeError(logits, expectedLogits)).toBeLessThan(1e-5);
      expect(relativeError(relevance, expected)).toBeLessThan(tolerance(expected));
    }),
    { numRuns: 60, seed: 7 },
  );
});

/** Where a sum nearly cancels, its quotient grows, and the float32 error of the quotient with it. */
function tolerance(expected: Float64Array): number {
  const largest = expected.reduce((max, r) => Math.max(max, Math.abs(r)), 0);
  return 2e-5 * Math.max(1, largest);
}
