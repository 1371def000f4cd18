import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import type { GraphBuilder } from '../../src/graph/builder.js';
import type { Attribute } from '../../src/graph/graph.js';
import { floatTensor, intTensor, sizeOf } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { embedWords } from '../../src/library/words.js';
import {
  expectSameNumbers,
  graphOf,
  importGraph,
  onnxBytes,
  pooled,
  temporaryFile,
  type Write,
  weights,
} from './onnx-file.js';
import { noise, relativeError } from './support.js';
import { withInputs } from './word-file.js';

const TOKENS = [-1, 5, 8];

const imported = (write: Write, dims: readonly number[] = TOKENS, opset = 13) =>
  expectSameNumbers(graphOf(dims, pooled(write)), opset);

/** A constant, added to an input of as many numbers. */
const added = (constants: (b: GraphBuilder) => string, size: number) =>
  graphOf([-1, size], (b, x) => b.add('Add', [x, constants(b)]));

const floats = (b: GraphBuilder, name: string, ...dims: number[]) =>
  b.constant(floatTensor(dims, noise(sizeOf(dims), name.length)), name);

describe('images of constants at another size', () => {
  type Case = [name: string, attributes: Record<string, Attribute>, sizes?: readonly number[]];
  const [LARGER, SMALLER] = [[1, 2, 11, 9], [1, 2, 4, 3]]; // biome-ignore format: one line
  const COORDINATES = [
    'half_pixel',
    'pytorch_half_pixel',
    'align_corners',
    'asymmetric',
    'half_pixel_symmetric',
  ];
  const CASES: Case[] = [
    ...['nearest', 'linear', 'cubic'].flatMap((mode) =>
      COORDINATES.flatMap(
        (coordinate_transformation_mode) =>
        [LARGER, SMALLER].map((sizes): Case => [`${mode} ${coordinate_transformation_mode} to ${sizes}`, { mode, coordinate_transformation_mode }, sizes]), // biome-ignore format: one line
      ),
    ),
    ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map(
      (nearest_mode): Case => [nearest_mode, { mode: 'nearest', nearest_mode }, LARGER],
    ),
    ['one row', { mode: 'cubic', coordinate_transformation_mode: 'align_corners' }, [1, 2, 1, 9]],
    ['another cubic', { mode: 'cubic', cubic_coeff_a: { float: -0.5 } }, LARGER],
    ['without what is outside', { mode: 'cubic', exclude_outside: 1 }, SMALLER],
    ['linear, antialiased', { mode: 'linear', antialias: 1 }, SMALLER],
    ['cubic, antialiased', { mode: 'cubic', antialias: 1 }, SMALLER],
    ['cubic, larger, antialiased', { mode: 'cubic', antialias: 1 }, LARGER],
  ];
  const ints = (b: GraphBuilder, list: readonly number[]) =>
    b.constant(intTensor([list.length], list), b.unique('sizes'));

  it.each(CASES)('%s', async (_, attributes, sizes = LARGER) => {
    const graph = added((b) => {
      const resized = b.add('Resize', [floats(b, 'image', 1, 2, 7, 5), '', '', ints(b, sizes)], attributes);
      return b.add('Reshape', [resized, ints(b, [1, -1])]);
    }, sizeOf(sizes));
    await expectSameNumbers(graph, 19, 1e-6);
  });

  it.each([
    [10, 'linear', false],
    [11, 'cubic', true],
    [13, 'linear', true],
  ] as const)('by scales, operator set %d', async (opset, mode, roi) => {
    const graph = added(
      (b) => {
        const scales = b.constant(floatTensor([4], [1, 1, 1.7, 0.6]), 'scales');
        const inputs = [floats(b, 'image', 1, 2, 7, 5), ...(roi ? [b.constant(floatTensor([0], []), 'roi')] : []), scales]; // biome-ignore format: one line
        return b.add('Reshape', [b.add('Resize', inputs, { mode }), ints(b, [1, -1])]);
      },
      2 * 11 * 3,
    );
    await expectSameNumbers(graph, opset, 1e-6);
  });

  it('what is not known is refused', async () => {
    const graph = added((b) => {
      const roi = b.constant(floatTensor([8], [0, 0, 0, 0, 1, 1, 1, 1]), 'roi');
      const attributes = { coordinate_transformation_mode: 'tf_crop_and_resize' };
      const resized = b.add('Resize', [floats(b, 'image', 1, 2, 7, 5), roi, '', ints(b, LARGER)], attributes);
      return b.add('Reshape', [resized, ints(b, [1, -1])]);
    }, sizeOf(LARGER));
    await expect(importGraph(graph, 13)).rejects.toThrow(/Resize \(with coordinates tf_crop_and_resize\)/);
  });
});

/** What exporters leave of constants. */
const FOLDED: Record<string, (b: GraphBuilder) => string> = {
  'sums, norms and extremes': (b) => {
    const x = floats(b, 'x', 3, 2, 4);
    const parts = ['ReduceL2', 'ReduceL1', 'ReduceMin', 'ReduceProd', 'ReduceSumSquare', 'ReduceMax'].map((op) => b.add(op, [x], { axes: [0, -1], keepdims: 0 })); // biome-ignore format: one line
    const sum = b.add('ReduceSum', [x, b.ints([2])], { keepdims: 1 });
    return b.add('Concat', [...parts, b.add('Reshape', [sum, b.ints([-1])]), b.add('Reshape', [b.add('ReduceMean', [x]), b.ints([1])])], { axis: 0 }); // biome-ignore format: one line
  },
  'unit lengths, softmax and GELU, in parts': (b) => {
    const x = floats(b, 'rows', 2, 5);
    const norm = b.add('Clip', [b.add('ReduceL2', [x], { axes: [1], keepdims: 1 }), b.scalar(1e-12)]);
    const erf = b.add('Add', [b.add('Erf', [b.add('Div', [x, b.scalar(Math.SQRT2)])]), b.scalar(1)]);
    const parts = [b.add('Div', [x, norm]), b.add('Mul', [b.add('Mul', [x, erf]), b.scalar(0.5)])];
    return b.add('Reshape', [b.add('Concat', parts, { axis: 0 }), b.ints([-1])]);
  },
  'products of matrices': (b) => {
    const angles = b.add('MatMul', [floats(b, 'frequencies', 1, 4, 1), floats(b, 'pos', 3, 1, 2)]);
    const waves = b.add('Add', [b.add('Cos', [angles]), b.add('Sin', [angles])]);
    const gemm = b.add('Gemm', [floats(b, 'left', 4, 3), floats(b, 'righ', 2, 4), floats(b, 'b', 2)], { transA: 1, transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }); // biome-ignore format: one line
    return b.add('Concat', [b.add('Reshape', [waves, b.ints([-1])]), b.add('Reshape', [gemm, b.ints([-1])])], { axis: 0 }); // biome-ignore format: one line
  },
  'rests of divisions': (b) => {
    const whole = (attributes: Record<string, number>) =>
      b.add('Cast', [b.add('Mod', [b.ints([7, -7, 7, -7]), b.ints([3, 3, -3, -3])], attributes)], { to: 1 });
    return b.add('Concat', [whole({}), whole({ fmod: 1 }), b.add('Sign', [floats(b, 'signs', 4)])], {
      axis: 0,
    });
  },
};

describe('constants in parts', () => {
  const SIZES = [19, 20, 30, 12];
  it.each(Object.entries(FOLDED).map(([name, write], i) => [name, write, SIZES[i] as number] as const))(
    '%s',
    async (_, write, size) => {
      await expectSameNumbers(added(write, size), 13, 1e-6);
    },
  );
});

const batchOf = (b: GraphBuilder, x: string, axis = 0) =>
  b.add('Gather', [b.add('Shape', [x]), b.constant(intTensor([1], [axis]), `axis${axis}`)], { axis: 0 });

/** Sizes that are multiples of the batch, and values that are the same for all samples. */
const BATCHES: Record<string, Write> = {
  'windows are counted, and divided by what a sample has of them': (b, x) => {
    const windows = b.add('Relu', [b.add('Reshape', [x, b.ints([-1, 1, 8])])]);
    const samples = b.add('Div', [batchOf(b, windows), b.ints([5])]);
    return b.add('Reshape', [windows, b.add('Concat', [samples, b.ints([5, 8])], { axis: 0 })]);
  },
  'heads joined with the batch behind the sequence': (b, x) => {
    const turned = b.add('Transpose', [x], { perm: [1, 0, 2] });
    const joined = b.add('Mul', [batchOf(b, turned, 1), b.ints([2])]);
    const shape = b.add('Concat', [b.ints([-1]), joined, b.ints([4])], { axis: 0 });
    const heads = b.add('Transpose', [b.add('Reshape', [turned, shape])], { perm: [1, 0, 2] });
    const soft = b.add('Softmax', [heads], { axis: -1 });
    const whole = b.add('Concat', [b.ints([5]), batchOf(b, turned, 1), b.ints([8])], { axis: 0 });
    const back = b.add('Reshape', [b.add('Transpose', [soft], { perm: [1, 0, 2] }), whole]);
    return b.add('Transpose', [back], { perm: [1, 0, 2] });
  },
  'a batch normalisation of joined tokens': (b, x) => {
    const rows = b.add('Flatten', [x], { axis: 2 });
    const positive = b.constant(floatTensor([8], [1, 2, 0.5, 0.3, 1, 2, 3, 1]), 'variance');
    const parameters = ['scales', 'shift', 'mean'].map((name) => weights(b, name, [8]));
    const norm = b.add('BatchNormalization', [rows, ...parameters, positive]);
    return b.add('Reshape', [norm, b.add('Shape', [x])]);
  },
  'tokens of zeros and of copies': (b, x) => {
    const zeros = b.add(
      'ConstantOfShape',
      [b.add('Concat', [batchOf(b, x), b.ints([1, 8])], { axis: 0 })],
      {},
    );
    const token = b.add('Add', [weights(b, 'class', [8]), zeros]);
    const times = b.add('Concat', [batchOf(b, x), b.ints([2, 1])], { axis: 0 });
    const copies = b.add('Tile', [weights(b, 'register', [1, 1, 8]), times]);
    const first = b.add('Slice', [x, b.ints([0]), b.ints([1]), b.ints([1])]);
    return b.add('Concat', [token, first, copies, x, copies], { axis: 1 });
  },
};

describe('the batch', () => {
  it.each(Object.entries(BATCHES))('%s', async (_, write) => {
    await imported(write);
  });

  it.each<[string, Write, RegExp]>([
    [
      'a part of it that is no whole number of samples',
      (b, x) => b.add('Reshape', [x, b.add('Concat', [b.add('Div', [batchOf(b, x), b.ints([2])]), b.ints([-1, 8])], { axis: 0 })]), // biome-ignore format: one line
      /Div \(on the batch size/,
    ],
    [
      'sums with it',
      (b, x) => b.add('Slice', [x, b.ints([0]), b.add('Add', [batchOf(b, x), b.ints([1])]), b.ints([1])]),
      /Add \(on the batch size/,
    ],
    [
      'as many elements as samples',
      (b, x) => b.add('Slice', [x, b.ints([0]), b.add('Mul', [batchOf(b, x), b.ints([2])]), b.ints([1])]),
      /Slice \(with bounds that are no numbers/,
    ],
    [
      'a list of numbers as long as it',
      (b, x) => b.add('Add', [x, b.add('Cast', [b.add('Range', [b.ints([0]), b.add('Mul', [batchOf(b, x), b.ints([4])]), b.ints([1])])], { to: 1 })]), // biome-ignore format: one line
      /Range \(of a size that depends on the batch/,
    ],
  ])('%s is refused', async (_, write, message) => {
    await expect(importGraph(graphOf(TOKENS, pooled(write)), 13)).rejects.toThrow(message);
  });
});

/** By letters; the features of 5 tokens are 2 heads of 4 numbers. */
const EQUATIONS: Record<string, Write> = {
  'a dense layer': (b, x) => b.add('Einsum', [x, weights(b, 'w', [8, 6])], { equation: 'btc,cd->btd' }),
  'a dense layer to heads, and back': (b, x) => {
    const heads = b.add('Einsum', [weights(b, 'win', [2, 8, 4]), x], { equation: 'hcd,btc->bthd' });
    return b.add('Einsum', [heads, weights(b, 'wo', [2, 4, 6])], { equation: '...hd,hdc->...c' });
  },
  'weights of each head': (b, x) => {
    const heads = b.add('Reshape', [x, b.ints([0, 5, 2, 4])]);
    const each = b.add('Einsum', [heads, weights(b, 'we', [2, 4, 3])], { equation: 'bthd,hde->bthe' });
    return b.add('Reshape', [each, b.ints([0, 5, 6])]);
  },
  'a factor a head': (b, x) => {
    const heads = b.add('Reshape', [x, b.ints([0, 5, 2, 4])]);
    const each = b.add('Einsum', [heads, weights(b, 'f', [2])], { equation: 'bthd,h->bhtd' });
    return b.add('Reshape', [each, b.ints([0, 2, 20])]);
  },
  'an order, and a sum': (b, x) => {
    const heads = b.add('Reshape', [x, b.ints([0, 5, 2, 4])]);
    return b.add('Einsum', [heads], { equation: 'bthd->bdt' });
  },
  'scores, with dots and without an arrow': (b, x) => {
    const heads = b.add('Transpose', [b.add('Reshape', [x, b.ints([0, 5, 2, 4])])], { perm: [0, 2, 1, 3] });
    const scores = b.add('Einsum', [heads, b.add('Relu', [heads])], { equation: '...id,...jd' });
    return b.add('Reshape', [b.add('Softmax', [scores], { axis: -1 }), b.ints([0, 2, 25])]);
  },
  'axes that only one has and that are summed': (b, x) =>
    b.add('Einsum', [x, b.add('Relu', [x])], { equation: 'bic,bjd->bij' }),
  'matrices of constants at every head': (b, x) => {
    const heads = b.add('Transpose', [b.add('Reshape', [x, b.ints([0, 5, 2, 4])])], { perm: [0, 2, 3, 1] });
    const scores = b.add('MatMul', [weights(b, 'query', [1, 2, 3, 4]), heads]);
    const soft = b.add('Softmax', [scores], { axis: -1 });
    return b.add('Reshape', [b.add('MatMul', [soft, weights(b, 'wv', [2, 5, 4])]), b.ints([0, 6, 4])]);
  },
};

describe('products by the letters of axes', () => {
  it.each(Object.entries(EQUATIONS))('%s', async (_, write) => {
    await imported(write);
  });

  it.each([
    ['ii,bij->bj', 'of equation ii,bij->bj'],
    ['ij,bjc->bci', undefined],
    ['bj,bjc->bc', 'over the batch'],
  ])('%s', async (equation, message) => {
    const graph = graphOf(TOKENS, (b, x) =>
      b.add('Flatten', [b.add('Einsum', [weights(b, 'w', [5, 5]), x], { equation })]),
    );
    const read = importGraph(graph, 13);
    if (message) await expect(read).rejects.toThrow(message);
    else await read;
  });
});

const positive = (b: GraphBuilder, x: string) => b.add('Add', [b.add('Abs', [x]), b.scalar(0.5)]);

/** Operators outside of the chains that they are known in. */
const OPERATORS: Record<string, [Write, ops: readonly string[]]> = {
  powers: [
    (b, x) => {
      const p = positive(b, x);
      const powers = [2, 0.5, -0.5, -1, 1, 1.7].map((power) => b.add('Pow', [p, b.scalar(power)]));
      return b.add('Concat', powers, { axis: 2 });
    },
    ['Pow', 'Sqrt', 'Reciprocal'],
  ],
  'Exp, Log, Erf': [
    (b, x) =>
      b.add('Add', [b.add('Exp', [x]), b.add('Mul', [b.add('Log', [positive(b, x)]), b.add('Erf', [x])])]),
    ['Exp', 'Log', 'Erf'],
  ],
  quotients: [
    (b, x) => {
      const sum = b.add('ReduceSum', [positive(b, x), b.ints([2])], { keepdims: 1 });
      return b.add('Add', [b.add('Div', [x, sum]), b.add('Div', [weights(b, 'c', [8]), positive(b, x)])]);
    },
    ['Div', 'Reciprocal'],
  ],
  'activations in others': [
    (b, x) => {
      const parts = ['Selu', 'Celu', 'Softsign', 'Softplus'].map((op) => b.add(op, [x]));
      const mish = b.add('Mul', [x, b.add('Tanh', [b.add('Softplus', [x])])]);
      return b.add('Concat', [...parts, mish], { axis: 2 });
    },
    ['Elu', 'Softplus', 'Mish'],
  ],
  'norms of values, and their least': [
    (b, x) => {
      const parts = ['ReduceL2', 'ReduceL1', 'ReduceSumSquare', 'ReduceMin'].map((op) => b.add(op, [x], { axes: [2], keepdims: 1 })); // biome-ignore format: one line
      return b.add('Min', [b.add('Concat', parts, { axis: 2 }), b.add('Slice', [x, b.ints([0]), b.ints([4]), b.ints([2])])]); // biome-ignore format: one line
    },
    ['Pow', 'Sqrt', 'Abs', 'MaxPool', 'Max'],
  ],
  'a norm whose mean nothing reads': [
    (b, x) => b.addMany('LayerNormalization', [x, weights(b, 'scale', [8]), weights(b, 'shift', [8])], 3, { axis: -1 })[0] as string, // biome-ignore format: one line
    ['LayerNormalization'],
  ],
  'a unit length whose bound is of another type': [
    (b, x) => {
      const bound = b.add('Cast', [b.constant(floatTensor([], [1e-12]), 'least')], { to: 1 });
      const norm = b.add('Clip', [b.add('ReduceL2', [x], { axes: [-1], keepdims: 1 }), bound]);
      return b.add('Div', [x, b.add('Expand', [norm, b.add('Shape', [x])])]);
    },
    ['RMSNormalization'],
  ],
};

describe('operators outside of chains', () => {
  it.each(Object.entries(OPERATORS))('%s', async (_, [write, ops]) => {
    const { graph } = await imported(write, TOKENS, 17);
    expect(graph.nodes.map(({ op }) => op)).toEqual(expect.arrayContaining([...ops]));
  });

  it('a norm whose mean something reads is refused', async () => {
    const write: Write = (b, x) => {
      const [norm = '', mean = ''] = b.addMany('LayerNormalization', [x, weights(b, 'scale', [8])], 2, { axis: -1 }); // biome-ignore format: one line
      return b.add('Add', [norm, mean]);
    };
    await expect(importGraph(graphOf(TOKENS, pooled(write)), 17)).rejects.toThrow(
      /LayerNormalization \(with its mean or deviation read\)/,
    );
  });
});

/** A mask of words [batch, words] that is given beside embeddings, as models of words make it a summand of scores. */
const MASKED: Record<string, (b: GraphBuilder, scores: string, mask: string) => string> = {
  'filled in where the mask is 0': (b, scores, mask) => {
    const gone = b.add('Equal', [b.add('Reshape', [mask, b.ints([-1, 1, 4])]), b.ints([0])]);
    const all = b.add('Expand', [b.add('Cast', [gone], { to: 9 }), b.add('Shape', [scores])]);
    return b.add('Where', [all, b.scalar(-3.4028234663852886e38), scores]);
  },
  'inverted, and filled in by its truth': (b, scores, mask) => {
    const kept = b.add('Cast', [b.add('Cast', [b.add('Unsqueeze', [mask, b.ints([1])])], { to: 9 })], {
      to: 1,
    });
    const gone = b.add('Sub', [b.scalar(1), kept]);
    const bias = b.add('Where', [b.add('Cast', [gone], { to: 9 }), b.scalar(-1e4), gone]);
    return b.add('Add', [scores, bias]);
  },
  'not, and not again': (b, scores, mask) => {
    const truth = b.add('Not', [b.add('Cast', [b.add('Unsqueeze', [mask, b.ints([1])])], { to: 9 })]);
    return b.add('Where', [b.add('Not', [truth]), scores, b.scalar(-1e4)]);
  },
};

describe('masks that are given with words', () => {
  const [IDS, MASK] = [[3, 0, 6, 2], [1, 1, 0, 1]]; // biome-ignore format: one line

  it.each(Object.entries(MASKED))('%s', async (_, write) => {
    const graph = withInputs(['ids', 'mask'], (b, [ids = '', mask = '']) => {
      const words = b.add('Gather', [weights(b, 'words', [7, 5]), ids]);
      const scores = b.add('MatMul', [words, b.add('Transpose', [words], { perm: [0, 2, 1] })]);
      const probabilities = b.add('Softmax', [write(b, scores, mask)], { axis: -1 });
      return b.add('ReduceMean', [b.add('MatMul', [probabilities, words])], { axes: [1], keepdims: 0 });
    });
    const bytes = onnxBytes(graph, 17);
    const network = await loadNetwork({ weights: temporaryFile(bytes, '.onnx'), inputShape: [4] });
    const { input, given } = embedWords(network, { ids: IDS, mask: MASK });
    const set = await createExplainers(onnxruntime, network, ['attnlrp']);
    const [[explained] = []] = await set.explain([{ id: '', target: 0, input, given }]);
    await set.release();
    const original = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled' });
    const feed = (list: readonly number[]) =>
      new ort.Tensor('int64', BigInt64Array.from(list, BigInt), [1, 4]);
    const [logits] = Object.values(await original.run({ ids: feed(IDS), mask: feed(MASK) })) as [ort.Tensor];
    await original.release();
    expect(relativeError(explained?.logits ?? [], logits.data as Float32Array)).toBeLessThan(1e-6);
    expect(explained?.relevance.every(Number.isFinite)).toBe(true);
  });

  it('a part of them cut off to integers is refused', async () => {
    const graph = withInputs(['ids', 'mask'], (b, [ids = '', mask = '']) => {
      const words = b.add('Gather', [weights(b, 'words', [7, 5]), ids]);
      const half = b.add('Mul', [b.add('Cast', [mask], { to: 1 }), b.scalar(0.5)]);
      const whole = b.add('Cast', [b.add('Cast', [half], { to: 7 })], { to: 1 });
      return b.add('ReduceMean', [b.add('Mul', [words, b.add('Unsqueeze', [whole, b.ints([2])])])], { axes: [1], keepdims: 0 }); // biome-ignore format: one line
    });
    const weightsFile = temporaryFile(onnxBytes(graph, 17), '.onnx');
    await expect(loadNetwork({ weights: weightsFile, inputShape: [4] })).rejects.toThrow(
      /Cast \(of a computed value to integers\)/,
    );
  });
});
