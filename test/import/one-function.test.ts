import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import type { GraphBuilder } from '../../src/graph/builder.js';
import type { Network } from '../../src/import/network.js';
import {
  BOX,
  CHANNELS,
  COMPOSITES,
  channelsLast,
  convAttributes,
  expectSame,
  FILTERS,
  firstConv,
  HEIGHT,
  IMAGE,
  lastNormalisation,
  MEAN,
  METHODS,
  mergedConv,
  NORMALISATIONS,
  normalised,
  number,
  perChannel,
  RAW,
  rest,
  STD,
  TO_FIRST,
  TO_LAST,
  WIDTH,
  weights,
} from './one-function.js';
import { graphOf, importGraph, type Write } from './onnx-file.js';
import { noise, relativeError } from './support.js';

const opsOf = (network: Network) => network.graph.nodes.map(({ op }) => op);

describe('a first convolution without padding takes the normalisation in', () => {
  const plain: Write = (b, x) => rest(b, mergedConv(b, x, 0, true));

  it.each(Object.keys(NORMALISATIONS))('%s', async (name) => {
    const network = await expectSame(plain, (b, x) =>
      rest(b, firstConv(b, (NORMALISATIONS[name] as Write)(b, x))),
    );
    expect(opsOf(network)[0]).toBe('Conv');
  });

  it('in front of the Transpose of a network with channels last', async () => {
    await expectSame(
      plain,
      channelsLast(lastNormalisation, (b, x) => rest(b, firstConv(b, x))),
      [-1, HEIGHT, WIDTH, CHANNELS],
    );
  });
});

describe('a first convolution with padding takes the scale in; the shift stands before it', () => {
  const shifted: Write = (b, x) => b.add('Sub', [x, perChannel(b, MEAN)]);
  const plain: Write = (b, x) => rest(b, mergedConv(b, shifted(b, x), 1, false));

  it.each(Object.keys(NORMALISATIONS))('%s', async (name) => {
    const network = await expectSame(plain, (b, x) =>
      rest(b, firstConv(b, (NORMALISATIONS[name] as Write)(b, x), 1)),
    );
    expect(opsOf(network).slice(0, 2)).toEqual(['Add', 'Conv']);
  });

  it('a Pad behind the normalisation', async () => {
    const pads = [0, 0, 1, 1, 0, 0, 1, 1];
    await expectSame(plain, (b, x) => rest(b, firstConv(b, b.add('Pad', [normalised(b, x), b.ints(pads)]))));
  });

  it('a Pad in front of the Transpose of a network with channels last', async () => {
    const pads = [0, 1, 1, 0, 0, 1, 1, 0];
    const padded: Write = (b, x) => b.add('Pad', [lastNormalisation(b, x), b.ints(pads)]);
    const write = channelsLast(padded, (b, x) => rest(b, firstConv(b, x)));
    await expectSame(plain, write, [-1, HEIGHT, WIDTH, CHANNELS]);
  });

  it('a Pad with the mean in front of the normalisation', async () => {
    const mean = [100, 100, 100];
    const grey: Write = (b, x) => b.add('Sub', [x, perChannel(b, mean)]);
    const expected: Write = (b, x) => rest(b, mergedConv(b, grey(b, x), 1, false));
    await expectSame(expected, (b, x) => {
      const padded = b.add('Pad', [x, b.ints([0, 0, 1, 1, 0, 0, 1, 1]), number(b, [], [100])]);
      return rest(b, firstConv(b, b.add('Div', [grey(b, padded), perChannel(b, STD)])));
    });
  });

  it('explains what is explained when the normalisation is done outside', async () => {
    const methods = [
      'lrp-epsilon-0.01',
      'lrp-alpha2-beta1',
      'lrp-gamma-0.25',
      'lrp-zplus-zbox-first',
      'epsilon-plus-flat',
    ];
    const relevance = async (write: Write, input: Float32Array, { low, high }: typeof BOX) => {
      const network = await importGraph(graphOf(IMAGE, write), 13);
      const set = await createExplainers(onnxruntime, network, methods, { low, high });
      const results = await set.explain([{ id: 'x', input, target: 1 }]);
      await set.release();
      return results.map(([one]) => one?.relevance ?? []);
    };
    const input = noise(CHANNELS * HEIGHT * WIDTH, 3).map((value) => 120 + 110 * value);
    const normal = (values: ArrayLike<number>, area: number) =>
      Array.from(values, (value, i) => {
        const channel = Math.floor(i / area);
        return (value - (MEAN[channel] as number)) / (STD[channel] as number);
      });
    const box = { low: normal(BOX.low, 1), high: normal(BOX.high, 1) };
    const [inside, outside] = [
      await relevance((b, x) => rest(b, firstConv(b, normalised(b, x), 1)), input, BOX),
      await relevance(
        (b, x) => rest(b, firstConv(b, x, 1)),
        Float32Array.from(normal(input, HEIGHT * WIDTH)),
        box,
      ),
    ];
    methods.forEach((method, m) => {
      expect(relativeError(inside[m] ?? [], outside[m] ?? []), method).toBeLessThan(1e-5);
    });
  });
});

describe('zeros around the image as it comes are padding of the first convolution', () => {
  const padded: Write = (b, x) => b.add('Pad', [x, b.ints([0, 0, 1, 1, 0, 0, 1, 1])]);
  const plain: Write = (b, x) => rest(b, mergedConv(b, x, 1, true));

  it.each(Object.keys(NORMALISATIONS).filter((name) => !/whole|matrix/.test(name)))('%s', async (name) => {
    const network = await expectSame(plain, (b, x) =>
      rest(b, firstConv(b, (NORMALISATIONS[name] as Write)(b, padded(b, x)))),
    );
    expect(opsOf(network)[0]).toBe('Conv');
  });
});

describe('a dense network takes the normalisation in', () => {
  const FEATURES = CHANNELS * HEIGHT * WIDTH;
  const behind: Write = (b, hidden) =>
    b.add(
      'Gemm',
      [b.add('Relu', [hidden]), weights(b, 'last.w', [5, 6]), weights(b, 'last.bias', [6])],
      {},
      'last',
    );
  const first = (b: GraphBuilder, x: string, matrix: ArrayLike<number>, bias: ArrayLike<number>) =>
    behind(b, b.add('Gemm', [x, number(b, [FEATURES, 5], matrix), number(b, [5], bias)], {}, 'first'));
  const matrix = noise(FEATURES * 5, 21);
  const bias = [0.1, 0.2, 0.3, -0.1, -0.2];
  const channelOf = (feature: number) => Math.floor(feature / (HEIGHT * WIDTH));
  const merged = Array.from(matrix, (w, i) => w / (STD[channelOf(Math.floor(i / 5))] as number));
  const plain: Write = (b, x) => {
    const summed = bias.map((summand, o) =>
      merged.reduce(
        (sum, w, i) => (i % 5 === o ? sum - w * (MEAN[channelOf(Math.floor(i / 5))] as number) : sum),
        summand,
      ),
    );
    return first(b, b.add('Flatten', [x]), merged, summed);
  };

  it.each(Object.keys(NORMALISATIONS))('%s', async (name) => {
    const network = await expectSame(plain, (b, x) =>
      first(b, b.add('Flatten', [(NORMALISATIONS[name] as Write)(b, x)]), matrix, bias),
    );
    expect(opsOf(network)).toEqual(['Reshape', 'Gemm', 'Relu', 'Gemm']);
  });
});

describe('other places', () => {
  it('a pool before the first layer sees the image as it comes', async () => {
    const pooled: Write = (b, x) => b.add('AveragePool', [x], { kernel_shape: [2, 2], strides: [1, 1] });
    const largest: Write = (b, x) => b.add('MaxPool', [x], { kernel_shape: [2, 2], strides: [1, 1] });
    for (const first of [pooled, largest]) {
      const plain: Write = (b, x) => rest(b, mergedConv(b, first(b, x), 0, true));
      await expectSame(plain, (b, x) => rest(b, firstConv(b, first(b, normalised(b, x)))));
      await expectSame(plain, (b, x) => rest(b, firstConv(b, normalised(b, first(b, x)))));
    }
  });

  it('two first layers, one with padding and one without', async () => {
    const joined = (b: GraphBuilder, one: string, two: string) => {
      const cut = b.add('Slice', [two, b.ints([1, 1]), b.ints([HEIGHT - 1, WIDTH - 1]), b.ints([2, 3])]);
      return rest(b, b.add('Add', [one, cut]));
    };
    const shifted: Write = (b, x) => b.add('Sub', [x, perChannel(b, MEAN)]);
    await expectSame(
      (b, x) => joined(b, mergedConv(b, x, 0, true), mergedConv(b, shifted(b, x), 1, false)),
      (b, x) => {
        const image = normalised(b, x);
        return joined(b, firstConv(b, image), firstConv(b, image, 1));
      },
    );
  });

  it('numbers of channels behind a Transpose in the middle of the network', async () => {
    const [bias, slope] = [
      [0.5, -1, 0.25, 2],
      [1.5, 2, 0.5, 1],
    ];
    const raw = (b: GraphBuilder, x: string) =>
      b.add('Conv', [x, number(b, [FILTERS, CHANNELS, 3, 3], RAW)], convAttributes(0), 'first');
    const plain: Write = (b, x) => {
      const scaled = b.add('Mul', [raw(b, x), perChannel(b, slope, [FILTERS, 1, 1])]);
      return rest(b, b.add('Add', [scaled, perChannel(b, bias, [FILTERS, 1, 1])]));
    };
    await expectSame(plain, (b, x) => {
      const last = b.add('Transpose', [raw(b, x)], TO_LAST);
      const biased = b.add('Add', [
        b.add('Mul', [last, perChannel(b, slope, [FILTERS])]),
        perChannel(b, bias, [FILTERS]),
      ]);
      return rest(b, b.add('Transpose', [b.add('Relu', [biased])], TO_FIRST));
    });
  });

  it('a scale between activations, which no layer takes in', async () => {
    const slope = [1.5, -2, 0.5, 1];
    const bias = [0.5, -1, 0.25, 2];
    const active = (b: GraphBuilder, x: string) => b.add('Relu', [mergedConv(b, x, 0, true)]);
    const plain: Write = (b, x) => {
      const [s, t, m] = [slope, bias, [0, 0, 0, 0]].map((values) => number(b, [FILTERS], values)) as [
        string,
        string,
        string,
      ];
      const one = number(b, [FILTERS], [1, 1, 1, 1]);
      return rest(b, b.add('BatchNormalization', [active(b, x), s, t, m, one], { epsilon: { float: 0 } }));
    };
    await expectSame(plain, (b, x) => {
      const scaled = b.add('Mul', [active(b, x), perChannel(b, slope, [FILTERS, 1, 1])]);
      return rest(b, b.add('Add', [scaled, perChannel(b, bias, [FILTERS, 1, 1])]));
    });
    await expectSame(plain, (b, x) => {
      const last = b.add('Transpose', [active(b, x)], TO_LAST);
      const scaled = b.add('Add', [
        b.add('Mul', [last, perChannel(b, slope, [FILTERS])]),
        perChannel(b, bias, [FILTERS]),
      ]);
      return rest(b, b.add('Transpose', [b.add('Relu', [scaled])], TO_FIRST));
    });
  });

  it('a mean that differs from pixel to pixel prepares the input: what is explained is the network behind it', async () => {
    const image = noise(CHANNELS * HEIGHT * WIDTH, 31).map((value) => 120 + 20 * value);
    const dims = [1, CHANNELS, HEIGHT, WIDTH];
    const network = await importGraph(graphOf(IMAGE, (b, x) => rest(b, mergedConv(b, b.add('Sub', [x, number(b, dims, image)]), 0, false))), 13); // biome-ignore format: one line
    const behind = await importGraph(
      graphOf(IMAGE, (b, x) => rest(b, mergedConv(b, x, 0, false))),
      13,
    );
    const methods = METHODS.filter((id) => !/x-input|integrated|zbox|box|deep/.test(id));
    const explainedBy = async (of: Network, input: Float32Array) => {
      const set = await createExplainers(onnxruntime, of, methods, { composites: COMPOSITES });
      const results = await set.explain([{ id: 'x', input, target: 3 }]);
      await set.release();
      return results.map(([one]) => one?.relevance ?? []);
    };
    const input = noise(image.length, 4).map((value) => 120 + 110 * value);
    const [inside, outside] = [
      await explainedBy(network, input),
      await explainedBy(
        behind,
        input.map((value, i) => value - (image[i] as number)),
      ),
    ];
    methods.forEach((method, m) => {
      expect(relativeError(inside[m] ?? [], outside[m] ?? []), method).toBeLessThan(1e-5);
    });
    expect(opsOf(network).slice(0, 2)).toEqual(['Add', 'Conv']);
  });

  it.each([
    ['Transpose', (b: GraphBuilder, x: string) => b.add('Transpose', [x], TO_FIRST)],
    [
      'Reshape, which moves one channel as well',
      (b: GraphBuilder, x: string) => b.add('Reshape', [x, b.ints([0, 1, 9, 8])]),
    ],
  ])('grey images with channels last come channels first: by a %s', async (_, turn) => {
    const network = await importGraph(
      graphOf([-1, 9, 8, 1], (b, x) => {
        const prepared = b.add('Div', [x, number(b, [], [255])]);
        const conv = b.add('Conv', [turn(b, prepared), weights(b, 'w', [4, 1, 3, 3])], convAttributes(0));
        return b.add('GlobalAveragePool', [conv]);
      }),
      13,
    );
    expect(network.inputShape).toEqual([1, 9, 8]);
    expect(opsOf(network)).toEqual(['Conv', 'AveragePool', 'Reshape']);
  });
});
