import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { expectSameNumbers, graphOf, weights } from './onnx-file.js';

const CHANNELS = 4;

/** One step of a random network: from [batch, 4, h, w] to [batch, 4, h', w']; `earlier` has all values so far. */
type Step = (b: GraphBuilder, x: string, earlier: readonly string[], n: number) => string;

const perChannel = (b: GraphBuilder, name: string) => weights(b, name, [CHANNELS, 1, 1], 1.5);

const STEPS: Record<string, Step> = {
  conv: (b, x, _, n) =>
    b.add('Conv', [x, weights(b, `w${n}`, [4, 4, 3, 3]), weights(b, `b${n}`, [4])], { pads: [1, 1, 1, 1] }),
  depthwise: (b, x, _, n) => b.add('Conv', [x, weights(b, `w${n}`, [4, 1, 1, 1], 2)], { group: 4 }),
  pointwise: (b, x, _, n) => b.add('Conv', [x, weights(b, `w${n}`, [4, 2, 1, 1])], { group: 2 }),
  batchNorm: (b, x, _, n) => {
    const variance = b.constant(floatTensor([4], [0.3, 1, 2.5, 0.01]), `variance${n}`);
    const rest = ['scale', 'shift', 'mean'].map((part) => weights(b, `${part}${n}`, [4], 1.5));
    return b.add('BatchNormalization', [x, ...rest, variance], { epsilon: { float: 0.01 } });
  },
  relu: (b, x) => b.add('Relu', [x]),
  clip: (b, x) => b.add('Clip', [x, b.scalar(-0.5), b.scalar(1)]),
  scale: (b, x, _, n) => b.add('Mul', [x, perChannel(b, `factor${n}`)]),
  shift: (b, x, _, n) => b.add('Sub', [perChannel(b, `summand${n}`), x]),
  residual: (b, x, earlier) => b.add('Add', [x, earlier.at(-2) ?? x]),
  gate: (b, x) => b.add('Mul', [x, b.add('Sigmoid', [b.add('GlobalAveragePool', [x])])]),
  maxPool: (b, x) => b.add('MaxPool', [x], { kernel_shape: [2, 2], pads: [0, 0, 1, 1] }),
  averagePool: (b, x) =>
    b.add('AveragePool', [x], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
      count_include_pad: 1,
      ceil_mode: 1,
    }),
  branches: (b, x) => {
    const [left, right] = b.addMany('Split', [x], 2, { axis: 1 }) as [string, string];
    return b.add('Concat', [b.add('Relu', [right]), left], { axis: 1 });
  },
  channels: (b, x, _, n) => {
    const parts = b.addMany('Split', [x], 4, { axis: 1 });
    const scaled = parts.map((part, i) => b.add('Mul', [part, b.scalar(n + i - 1.5)]));
    return b.add('Concat', scaled, { axis: 1 });
  },
  shuffle: (b, x) => {
    const height = b.add('Gather', [b.add('Shape', [x]), b.ints([2])], { axis: 0 });
    const sizes = b.add('Concat', [b.ints([0, 2, 2]), height, b.ints([-1])], { axis: 0 });
    const turned = b.add('Transpose', [b.add('Reshape', [x, sizes])], { perm: [0, 2, 1, 3, 4] });
    return b.add('Reshape', [turned, b.add('Shape', [x])]);
  },
};

describe('networks of random operators', () => {
  it('compute what onnxruntime computes, batch normalisations merged or not', async () => {
    const networks = fc.array(fc.constantFrom(...Object.keys(STEPS)), { minLength: 2, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(networks, async (steps) => {
        const graph = graphOf([-1, CHANNELS, 6, 7], (b, x) => {
          const values = [x];
          for (const [n, step] of steps.entries()) {
            values.push((STEPS[step] as Step)(b, values.at(-1) as string, values.slice(0, -1), n));
          }
          return b.add('Flatten', [values.at(-1) as string]);
        });
        await expectSameNumbers(graph, 13);
      }),
      { seed: 11, numRuns: 150 },
    );
  });
});
