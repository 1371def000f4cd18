import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { GraphBuilder } from '../../src/graph/builder.js';
import type { Attribute } from '../../src/graph/graph.js';
import { expectSameNumbers, graphOf, onnxBytes, type Write, weights } from './onnx-file.js';
import { noise, runOriginal } from './support.js';

const flat =
  (write: Write): Write =>
  (b, x) =>
    b.add('Flatten', [write(b, x)], { axis: 1 }, 'flat');

interface Case {
  spatial: number[];
  kernel: number[];
  strides: number[];
  dilations: number[];
  begin: number[];
  end: number[];
  autoPad: string;
  ceil: boolean;
  countPads: boolean;
}

const cases: fc.Arbitrary<Case> = fc.integer({ min: 1, max: 2 }).chain((axes) => {
  const list = (min: number, max: number) =>
    fc.array(fc.integer({ min, max }), { minLength: axes, maxLength: axes });
  return fc.record({
    spatial: list(4, 11),
    kernel: list(1, 4),
    strides: list(1, 3),
    dilations: list(1, 2),
    begin: list(0, 3),
    end: list(0, 3),
    autoPad: fc.constantFrom('NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
    ceil: fc.boolean(),
    countPads: fc.boolean(),
  });
});

function attributesOf({ kernel, strides, dilations, begin, end, autoPad }: Case): Record<string, Attribute> {
  const padding: Record<string, Attribute> =
    autoPad === 'NOTSET' ? { pads: [...begin, ...end] } : { auto_pad: autoPad };
  return {
    kernel_shape: kernel,
    strides,
    ...(dilations.some((d) => d > 1) ? { dilations } : {}),
    ...padding,
  };
}

function pad(b: GraphBuilder, x: string, { begin, end }: Case): string {
  return b.add('Pad', [x, b.ints([0, 0, ...begin, 0, 0, ...end])], { mode: 'constant' }, 'pad');
}

/** Runs random cases, but for those that onnxruntime itself refuses. */
async function property(opset: number, write: (options: Case) => Write, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(cases, async (options) => {
      const graph = graphOf([2, 4, ...options.spatial], flat(write(options)));
      const input = noise(2 * 4 * options.spatial.reduce((a, b) => a * b, 1));
      const bytes = onnxBytes(graph, opset);
      const original = await runOriginal(bytes, [2, 4, ...options.spatial], input, 'flat').catch(
        () => undefined,
      );
      fc.pre(original?.every(Number.isFinite) ?? false);
      await expectSameNumbers(graph, opset);
    }),
    { seed: 20240601, numRuns: runs },
  );
}

describe('windows of random geometry', () => {
  it('convolutions with groups, dilations and every padding', () =>
    property(
      13,
      (options) => (b, x) => {
        const inputs = [x, weights(b, 'w', [6, 2, ...options.kernel]), weights(b, 'bias', [6])];
        return b.add('Conv', inputs, { ...attributesOf(options), group: 2 }, 'conv');
      },
      150,
    ));

  it('maximum pools with ceil mode and dilations', () =>
    property(
      12,
      (options) => (b, x) => {
        // onnxruntime forgets dilations when it pads automatically (ONNX's formula has them), and takes no end pad
        // as large as the kernel, which ceil mode with dilations may need
        const plain = options.autoPad !== 'NOTSET' || options.ceil;
        const dilations = options.dilations.map((dilation) => (plain ? 1 : dilation));
        const attributes = attributesOf({ ...options, dilations });
        return b.add('MaxPool', [x], { ...attributes, ceil_mode: options.ceil ? 1 : 0 }, 'pool');
      },
      150,
    ));

  it('average pools with ceil mode, with and without padding counted', () =>
    property(
      19,
      (options) => (b, x) =>
        b.add(
          'AveragePool',
          [x],
          {
            ...attributesOf({ ...options, dilations: options.dilations.map(() => 1) }),
            ceil_mode: options.ceil ? 1 : 0,
            count_include_pad: options.countPads ? 1 : 0,
          },
          'pool',
        ),
      200,
    ));

  it('average pools with padding behind a Pad, whose zeros always count', () =>
    property(
      13,
      (options) => (b, x) => {
        const plain = { ...options, autoPad: 'NOTSET', dilations: options.dilations.map(() => 1) };
        const pads = options.kernel.map((kernel) => Math.min(1, kernel - 1));
        const attributes = attributesOf({
          ...plain,
          begin: pads,
          end: options.ceil ? pads : pads.map(() => 0),
        });
        const flags = { ceil_mode: options.ceil ? 1 : 0, count_include_pad: options.countPads ? 1 : 0 };
        return b.add('AveragePool', [pad(b, x, options)], { ...attributes, ...flags }, 'pool');
      },
      150,
    ));

  it('maximum pools behind a Pad, which take its zeros', () =>
    property(
      13,
      (options) => (b, x) => {
        const attributes = { kernel_shape: options.kernel, strides: options.strides };
        return b.add('MaxPool', [pad(b, x, options)], attributes, 'pool');
      },
      60,
    ));

  it('convolutions behind a Pad, which becomes their padding', () =>
    property(
      13,
      (options) => (b, x) => {
        const inputs = [pad(b, x, options), weights(b, 'w', [3, 4, ...options.kernel])];
        return b.add('Conv', inputs, attributesOf({ ...options, autoPad: 'NOTSET' }), 'conv');
      },
      60,
    ));
});
