import { expect } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import type { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor, sizeOf } from '../../src/graph/tensor.js';
import type { Network } from '../../src/import/network.js';
import { graphOf, importGraph, type Write } from './onnx-file.js';
import { noise, relativeError } from './support.js';

/** One function has one heatmap, however it was exported: every method, on many ways to write down the same network. */
export const METHODS = [
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
export const COMPOSITES = {
  'second-layer': [
    { match: { name: 'first' }, rule: 'flat' },
    { match: { position: 1 }, rule: 'gamma-0.5' },
    { match: { position: 'last' as const }, rule: 'epsilon-0.1' },
    { match: { op: ['Conv', 'Gemm'] }, rule: 'zplus' },
  ],
};

export const CHANNELS = 3;
export const [HEIGHT, WIDTH] = [9, 8];
export const IMAGE = [-1, CHANNELS, HEIGHT, WIDTH];
export const MEAN = [104.5, 117.25, 123];
export const STD = [50, 57.5, 64];
export const BOX = { low: [0, -10, 5], high: [255, 250, 260] };

export const number = (b: GraphBuilder, dims: number[], values: ArrayLike<number>) =>
  b.constant(floatTensor(dims, values), b.unique('constant'));
export const weights = (b: GraphBuilder, name: string, dims: number[], scale = 1) =>
  b.constant(floatTensor(dims, noise(sizeOf(dims), name.length).map((w) => w * scale)), name); // biome-ignore format: one line

/** Weights and bias of the first layer, for an input x that is normalised as (x - mean) / std. */
export const FILTERS = 4;
export const RAW = noise(FILTERS * CHANNELS * 9, 11);
const BIAS = [0.3, -0.2, 0.1, 0];

export const convAttributes = (pads: number) => ({
  kernel_shape: [3, 3],
  strides: [1, 1],
  pads: [pads, pads, pads, pads],
});

export function firstConv(b: GraphBuilder, x: string, pads = 0): string {
  const inputs = [x, number(b, [FILTERS, CHANNELS, 3, 3], RAW), number(b, [FILTERS], BIAS)];
  return b.add('Conv', inputs, convAttributes(pads), 'first');
}

/** The first layer with the normalisation in its weights, as far as `shift` says, and rounded once. */
export function mergedConv(b: GraphBuilder, x: string, pads: number, shift: boolean): string {
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
export function rest(b: GraphBuilder, first: string): string {
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

export const perChannel = (b: GraphBuilder, values: readonly number[], dims = [CHANNELS, 1, 1]) =>
  number(b, dims, values);
const NEGATIVE = MEAN.map((mean, c) => -mean / (STD[c] as number));
const INVERSE = STD.map((std) => 1 / std);
export const TO_LAST = { perm: [0, 2, 3, 1] };
export const TO_FIRST = { perm: [0, 3, 1, 2] };

/** Ways to write (x - mean) / std. */
export const NORMALISATIONS: Record<string, Write> = {
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
  'Neg twice': (b, x) => {
    const sum = b.add('Add', [b.add('Neg', [x]), perChannel(b, MEAN)]);
    return b.add('Neg', [b.add('Div', [sum, perChannel(b, STD)])]);
  },
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

export const normalised = NORMALISATIONS['Sub and Div'] as Write;

/** Writes a network whose file takes images with channels last. */
export const channelsLast =
  (normalise: Write, behind: Write): Write =>
  (b, x) =>
    behind(b, b.add('Transpose', [normalise(b, x)], TO_FIRST));
export const lastNormalisation: Write = (b, x) =>
  b.add('Add', [
    b.add('Mul', [x, perChannel(b, INVERSE, [CHANNELS])]),
    perChannel(b, NEGATIVE, [1, 1, 1, CHANNELS]),
  ]);

interface Explained {
  logits: Float32Array;
  heatmaps: Float32Array[];
}

export async function explained(network: Network): Promise<Explained> {
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

export async function expectSame(plain: Write, write: Write, dims = IMAGE): Promise<Network> {
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
