import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import type { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor, sizeOf } from '../../src/graph/tensor.js';
import type { Network } from '../../src/import/network.js';
import { graphOf, importGraph, type Write } from './onnx-file.js';
import { noise, relativeError } from './support.js';

/** One function has one heatmap, however it was exported: every method, on many ways to write down the same network. */
const METHODS = [
  'gradient',
  'gradient-x-input',
  'integrated-gradients',
  'deconvnet',
  'guided-backprop',
  'lrp-epsilon-0.01',
  'lrp-alpha2-beta1',
  'lrp-gamma-0.25',
  'lrp-zplus',
  'lrp-zplus-wsquare-first',
  'lrp-zplus-zbox-first',
  'deep-taylor',
  'epsilon-plus-flat',
  'epsilon-alpha2-beta1-wsquare',
  'epsilon-gamma-box',
  'second-layer',
];

/** By name and by position: what the export inserted must not shift them. */
const COMPOSITES = {
  'second-layer': [
    { match: { name: 'first' }, rule: 'flat' },
    { match: { position: 1 }, rule: 'gamma-0.5' },
    { match: { position: 'last' as const }, rule: 'epsilon-0.1' },
    { match: { op: ['Conv', 'Gemm'] }, rule: 'zplus' },
  ],
};

const CHANNELS = 3;
const [HEIGHT, WIDTH] = [9, 8];
const IMAGE = [-1, CHANNELS, HEIGHT, WIDTH];
const MEAN = [104.5, 117.25, 123];
const STD = [50, 57.5, 64];
const BOX = { low: [0, -10, 5], high: [255, 250, 260] };

const number = (b: GraphBuilder, dims: number[], values: ArrayLike<number>) =>
  b.constant(floatTensor(dims, values), b.unique('constant'));
const weights = (b: GraphBuilder, name: string, dims: number[], scale = 1) =>
  b.constant(floatTensor(dims, noise(sizeOf(dims), name.length).map((w) => w * scale)), name); // biome-ignore format: one line

/** Weights and bias of the first layer, for an input x that is normalised as (x - mean) / std. */
const FILTERS = 4;
const RAW = noise(FILTERS * CHANNELS * 9, 11);
const BIAS = [0.3, -0.2, 0.1, 0];

const convAttributes = (pads: number) => ({
  kernel_shape: [3, 3],
  strides: [1, 1],
  pads: [pads, pads, pads, pads],
});

function firstConv(b: GraphBuilder, x: string, pads = 0): string {
  const inputs = [x, number(b, [FILTERS, CHANNELS, 3, 3], RAW), number(b, [FILTERS], BIAS)];
  return b.add('Conv', inputs, convAttributes(pads), 'first');
}

/** The first layer with the normalisation in its weights, as far as `shift` says, and rounded once. */
function mergedConv(b: GraphBuilder, x: string, pads: number, shift: boolean): string {
  const channelOf = (i: number) => Math.floor(i / 9) % CHANNELS;
  const merged = Array.from(RAW, (w, i) => w / (STD[channelOf(i)] as number));
  const bias = BIAS.map((summand, filter) => {
    const own = merged.slice(filter * CHANNELS * 9, (filter + 1) * CHANNELS * 9);
    return own.reduce((sum, w, i) => sum - (shift ? w * (MEAN[channelOf(i)] as number) : 0), summand);
  });
  const inputs = [x, number(b, [FILTERS, CHANNELS, 3, 3], merged), number(b, [FILTERS], bias)];
  return b.add('Conv', inputs, convAttributes(pads), 'first');
}

/** What stands behind the first layer. */
function rest(b: GraphBuilder, first: string): string {
  const pooled = b.add('MaxPool', [b.add('Relu', [first])], { kernel_shape: [2, 2], strides: [1, 1] });
  const second = b.add(
    'Conv',
    [pooled, weights(b, 'second.w', [5, FILTERS, 3, 3])],
    convAttributes(1),
    'second',
  );
  const features = b.add('Flatten', [b.add('GlobalAveragePool', [b.add('Relu', [second])])]);
  return b.add('Gemm', [features, weights(b, 'last.w', [5, 6]), weights(b, 'last.bias', [6])], {}, 'last');
}

const perChannel = (b: GraphBuilder, values: readonly number[], dims = [CHANNELS, 1, 1]) =>
  number(b, dims, values);
const NEGATIVE = MEAN.map((mean, c) => -mean / (STD[c] as number));
const INVERSE = STD.map((std) => 1 / std);
const TO_LAST = { perm: [0, 2, 3, 1] };
const TO_FIRST = { perm: [0, 3, 1, 2] };

/** Ways to write (x - mean) / std. */
const NORMALISATIONS: Record<string, Write> = {
  'Sub and Div': (b, x) => b.add('Div', [b.add('Sub', [x, perChannel(b, MEAN)]), perChannel(b, STD)]),
  'Mul and Add': (b, x) => b.add('Add', [b.add('Mul', [x, perChannel(b, INVERSE)]), perChannel(b, NEGATIVE)]),
  'Add and Mul, constants first': (b, x) =>
    b.add('Mul', [
      perChannel(b, INVERSE),
      b.add('Add', [
        perChannel(
          b,
          MEAN.map((mean) => -mean),
        ),
        x,
      ]),
    ]),
  'a difference from the mean': (b, x) =>
    b.add('Div', [
      b.add('Sub', [perChannel(b, MEAN), x]),
      perChannel(
        b,
        STD.map((std) => -std),
      ),
    ]),
  'Neg twice': (b, x) =>
    b
      .add('Neg', [
        b.add('Div', [
          b.add('Sub', [
            b.add('Neg', [x]),
            perChannel(
              b,
              MEAN.map((m) => -m),
            ),
          ]),
          perChannel(b, STD),
        ]),
      ])
      .replace(/^/, ''),
  'pixels to 0..1, then mean and std, one behind the other': (b, x) => {
    const pixels = b.add('Div', [x, number(b, [], [255])]);
    const centred = b.add('Sub', [
      pixels,
      perChannel(
        b,
        MEAN.map((mean) => mean / 255),
      ),
    ]);
    return b.add('Div', [
      centred,
      perChannel(
        b,
        STD.map((std) => std / 255),
      ),
    ]);
  },
  'a batch normalisation': (b, x) =>
    b.add(
      'BatchNormalization',
      [
        x,
        number(b, [3], [2, 2, 2]),
        number(b, [3], [0, 0, 0]),
        number(b, [3], MEAN),
        number(
          b,
          [3],
          STD.map((std) => 4 * std * std - 1),
        ),
      ],
      { epsilon: { float: 1 } },
    ),
  'a depthwise convolution': (b, x) =>
    b.add('Conv', [x, number(b, [3, 1, 1, 1], INVERSE), number(b, [3], NEGATIVE)], {
      kernel_shape: [1, 1],
      group: 3,
    }),
  'a convolution by a diagonal matrix': (b, x) => {
    const diagonal = Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? (INVERSE[i / 4] as number) : 0));
    return b.add('Conv', [x, number(b, [3, 3, 1, 1], diagonal), number(b, [3], NEGATIVE)], {
      kernel_shape: [1, 1],
    });
  },
  'a whole mean image': (b, x) => {
    const image = MEAN.flatMap((mean) => Array<number>(HEIGHT * WIDTH).fill(mean));
    return b.add('Div', [
      b.add('Sub', [x, number(b, [1, CHANNELS, HEIGHT, WIDTH], image)]),
      perChannel(b, STD),
    ]);
  },
  'channels one by one': (b, x) => {
    const parts = MEAN.map((mean, c) => {
      const picked = b.add('Gather', [x, b.ints([c])], { axis: 1 });
      return b.add('Div', [
        b.add('Sub', [picked, number(b, [], [mean])]),
        number(b, [1], [STD[c] as number]),
      ]);
    });
    return b.add('Concat', parts, { axis: 1 });
  },
  'a matrix of pixels': (b, x) => {
    const rows = b.add('Reshape', [x, b.ints([0, CHANNELS, HEIGHT * WIDTH])]);
    const centred = b.add('Sub', [rows, perChannel(b, MEAN, [CHANNELS, 1])]);
    return b.add('Reshape', [
      b.add('Div', [centred, perChannel(b, STD, [CHANNELS, 1])]),
      b.ints([0, CHANNELS, HEIGHT, WIDTH]),
    ]);
  },
  'channels last and back': (b, x) => {
    const last = b.add('Transpose', [x], TO_LAST);
    const centred = b.add('Sub', [last, perChannel(b, MEAN, [CHANNELS])]);
    return b.add('Transpose', [b.add('Div', [centred, perChannel(b, STD, [CHANNELS])])], TO_FIRST);
  },
};

const normalised = NORMALISATIONS['Sub and Div'] as Write;

/** Writes a network whose file takes images with channels last. */
const channelsLast =
  (normalise: Write, behind: Write): Write =>
  (b, x) =>
    behind(b, b.add('Transpose', [normalise(b, x)], TO_FIRST));
const lastNormalisation: Write = (b, x) =>
  b.add('Add', [
    b.add('Mul', [x, perChannel(b, INVERSE, [CHANNELS])]),
    perChannel(b, NEGATIVE, [1, 1, 1, CHANNELS]),
  ]);

interface Explained {
  logits: Float32Array;
  heatmaps: Float32Array[];
}

async function explained(network: Network): Promise<Explained> {
  expect(network.inputShape).toEqual(IMAGE.slice(1));
  const set = await createExplainers(onnxruntime, network, METHODS, { ...BOX, composites: COMPOSITES });
  const requests = [1, 2].map((seed) => ({
    id: `${seed}`,
    input: noise(CHANNELS * HEIGHT * WIDTH, seed).map((value) => 120 + 110 * value),
    target: 2 * seed,
  }));
  const results = await set.explain(requests);
  await set.release();
  const logits = (results[0] ?? []).flatMap((one) => [...(one?.logits ?? [])]);
  return {
    logits: Float32Array.from(logits),
    heatmaps: results.map((maps) => Float32Array.from(maps.flatMap((one) => [...(one?.relevance ?? [])]))),
  };
}

async function expectSame(plain: Write, write: Write, dims = IMAGE): Promise<Network> {
  const network = await importGraph(graphOf(dims, write), 13);
  const [expected, got] = [
    await explained(await importGraph(graphOf(IMAGE, plain), 13)),
    await explained(network),
  ];
  expect(relativeError(got.logits, expected.logits)).toBeLessThan(1e-5);
  for (const [m, method] of METHODS.entries()) {
    expect(relativeError(got.heatmaps[m] ?? [], expected.heatmaps[m] ?? []), method).toBeLessThan(1e-5);
  }
  return network;
}

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
    expect(opsOf(network).slice(0, 2)).toEqual(['BatchNormalization', 'Conv']);
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
