import { describe, expect, it } from 'vitest';
import type { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor, intTensor } from '../../src/graph/tensor.js';
import { expectSameNumbers, graphOf, importGraph, pooled, type Write, weights } from './onnx-file.js';

const TOKENS = [-1, 5, 8];

const opsOf = async (write: Write, dims = TOKENS, opset = 13) => {
  const { graph } = await expectSameNumbers(graphOf(dims, pooled(write)), opset);
  return graph.nodes.map(({ op }) => op);
};

const mean = (b: GraphBuilder, x: string, axis = -1) =>
  b.add('ReduceMean', [x], { axes: [axis], keepdims: 1 });
const centred = (b: GraphBuilder, x: string, axis = -1) => b.add('Sub', [x, mean(b, x, axis)]);
const root = (b: GraphBuilder, square: string, axis = -1) =>
  b.add('Sqrt', [b.add('Add', [mean(b, square, axis), b.scalar(1e-5)])]);
const squared = (b: GraphBuilder, x: string) => b.add('Pow', [x, b.scalar(2)]);
const affine = (b: GraphBuilder, x: string) =>
  b.add('Add', [weights(b, 'shift', [8]), b.add('Mul', [x, weights(b, 'scale', [8])])]);

const LAYER_NORMS: Record<string, Write> = {
  'torch.onnx.export': (b, x) => {
    const d = centred(b, x);
    return affine(b, b.add('Div', [d, root(b, squared(b, d))]));
  },
  'a square as a product, the difference twice': (b, x) => {
    const d = centred(b, x);
    return affine(b, b.add('Div', [centred(b, x), root(b, b.add('Mul', [d, d]))]));
  },
  'a counted axis and no parameters': (b, x) => {
    const d = centred(b, x, 2);
    return b.add('Div', [d, root(b, squared(b, d), 2)]);
  },
  'a reciprocal': (b, x) => {
    const d = centred(b, x);
    return affine(b, b.add('Mul', [b.add('Reciprocal', [root(b, squared(b, d))]), d]));
  },
};

/** The mean of squares less the square of the mean, as tf2onnx writes it. */
const spread = (b: GraphBuilder, x: string) => {
  const difference = b.add('Sub', [mean(b, b.add('Mul', [x, x])), squared(b, mean(b, x))]);
  return b.add('Max', [difference, b.scalar(0)]);
};

const MORE_LAYER_NORMS: Record<string, Write> = {
  'E[x^2] - E[x]^2': (b, x) => {
    const deviation = b.add('Sqrt', [b.add('Add', [spread(b, x), b.scalar(1e-3)])]);
    return affine(b, b.add('Div', [centred(b, x), deviation]));
  },
  'a factor and a summand, as TensorFlow writes it': (b, x) => {
    const deviation = b.add('Sqrt', [b.add('Add', [spread(b, x), b.scalar(1e-3)])]);
    const factor = b.add('Mul', [b.add('Reciprocal', [deviation]), weights(b, 'scale', [8])]);
    const rest = b.add('Sub', [weights(b, 'shift', [8]), b.add('Mul', [mean(b, x), factor])]);
    return b.add('Add', [b.add('Mul', [x, factor]), rest]);
  },
  'along an axis before the last': (b, x) => {
    const d = centred(b, x, 1);
    const scaled = b.add('Mul', [b.add('Div', [d, root(b, squared(b, d), 1)]), weights(b, 'scale', [5, 1])]);
    return b.add('Add', [scaled, weights(b, 'shifts', [5, 1])]);
  },
  'along two axes': (b, x) =>
    b.add('LayerNormalization', [x, weights(b, 'scale', [5, 8]), weights(b, 'shift', [5, 8])], { axis: 1 }),
  'groups of channels': (b, x) => {
    const ones = b.constant(floatTensor([1], [1]), 'one');
    const zeros = b.constant(floatTensor([1], [0]), 'zero');
    const flat = b.add('InstanceNormalization', [b.add('Reshape', [x, b.ints([0, 1, -1])]), ones, zeros]);
    const shaped = b.add('Reshape', [flat, b.add('Shape', [x])]);
    return b.add('Add', [b.add('Mul', [shaped, weights(b, 's', [5, 1])]), weights(b, 'sh', [5, 1])]);
  },
};

const UNIT_LENGTHS: Record<string, Write> = {
  'F.normalize': (b, x) => {
    const norm = b.add('ReduceL2', [x], { axes: [-1], keepdims: 1 });
    const bounded = b.add('Clip', [norm, b.scalar(1e-12)]);
    return b.add('Div', [x, b.add('Expand', [bounded, b.add('Shape', [x])])]);
  },
  'the root of a sum': (b, x) => {
    const sum = b.add('ReduceSum', [squared(b, x), b.ints([-1])], { keepdims: 1 });
    return b.add('Div', [x, b.add('Sqrt', [sum])]);
  },
};

const RMS_NORMS: Record<string, Write> = {
  'times 1 / root': (b, x) => {
    const inverse = b.add('Div', [b.scalar(1), root(b, squared(b, x))]);
    return b.add('Mul', [weights(b, 'scale', [8]), b.add('Mul', [x, inverse])]);
  },
  'a quotient': (b, x) => b.add('Div', [x, root(b, b.add('Mul', [x, x]))]),
};

const erf = (b: GraphBuilder, x: string, by = Math.SQRT2) =>
  b.add('Add', [b.add('Erf', [b.add('Div', [x, b.scalar(by)])]), b.scalar(1)]);
const tanh = (b: GraphBuilder, x: string, cube: string) => {
  const sum = b.add('Add', [x, b.add('Mul', [cube, b.scalar(0.044715)])]);
  const inner = b.add('Mul', [b.scalar(Math.sqrt(2 / Math.PI)), sum]);
  return b.add('Add', [b.scalar(1), b.add('Tanh', [inner])]);
};

const GELUS: Record<string, Write> = {
  'x (1 + erf) / 2': (b, x) => b.add('Mul', [b.add('Mul', [x, erf(b, x)]), b.scalar(0.5)]),
  'x / 2 (1 + erf)': (b, x) => b.add('Mul', [b.add('Mul', [x, b.scalar(0.5)]), erf(b, x)]),
  'of a scaled value': (b, x) => {
    const scaled = b.add('Mul', [x, weights(b, 's', [8])]);
    return b.add('Mul', [scaled, b.add('Mul', [b.scalar(0.5), erf(b, scaled)])]);
  },
  'tanh of a power': (b, x) =>
    b.add('Mul', [b.add('Mul', [b.scalar(0.5), x]), tanh(b, x, b.add('Pow', [x, b.scalar(3)]))]),
  'tanh of products': (b, x) =>
    b.add('Mul', [b.scalar(0.5), b.add('Mul', [x, tanh(b, x, b.add('Mul', [x, b.add('Mul', [x, x])]))])]),
};

describe('chains that are spelt out are recognised', () => {
  it.each(Object.entries(LAYER_NORMS))('LayerNorm: %s', async (_, write) => {
    expect(await opsOf(write)).toContain('LayerNormalization');
  });
  it.each(Object.entries(MORE_LAYER_NORMS))('LayerNorm: %s', async (_, write) => {
    expect(await opsOf(write, TOKENS, 17)).toContain('LayerNormalization');
  });
  it.each(Object.entries(UNIT_LENGTHS))('unit length: %s', async (_, write) => {
    expect(await opsOf(write)).toContain('RMSNormalization');
  });
  it('GroupNormalization', async () => {
    const image = graphOf([-1, 6, 4, 3], (b, x) => {
      const norm = b.add('GroupNormalization', [x, weights(b, 'scale', [6]), weights(b, 'shift', [6])], {
        num_groups: 3,
      });
      return b.add('Flatten', [b.add('GlobalAveragePool', [b.add('Relu', [norm])])]);
    });
    const { graph } = await expectSameNumbers(image, 21);
    expect(graph.nodes.map(({ op }) => op)).toContain('LayerNormalization');
  });
  it('quick GELU', async () => {
    const ops = await opsOf((b, x) =>
      b.add('Mul', [x, b.add('Sigmoid', [b.add('Mul', [x, b.scalar(1.702)])])]),
    );
    expect(ops).toContain('Silu');
  });
  it('softmax, and what guards it', async () => {
    const ops = await opsOf((b, x) => {
      const shifted = b.add('Sub', [x, b.add('ReduceMax', [x], { axes: [1], keepdims: 1 })]);
      const exponentials = b.add('Exp', [shifted]);
      const sum = b.add('ReduceSum', [exponentials, b.ints([1])], { keepdims: 1 });
      const soft = b.add('Softmax', [b.add('Div', [exponentials, sum])], { axis: -1 });
      return b.add('Where', [b.add('IsNaN', [soft]), b.scalar(0), soft]);
    });
    expect(ops.filter((op) => op === 'Softmax')).toHaveLength(2);
  });
  it.each(Object.entries(RMS_NORMS))('RMSNorm: %s', async (_, write) => {
    expect(await opsOf(write)).toContain('RMSNormalization');
  });
  it.each(Object.entries(GELUS))('GELU: %s', async (_, write) => {
    expect(await opsOf(write)).toContain('Gelu');
  });
  it('SiLU', async () => {
    expect(await opsOf((b, x) => b.add('Mul', [b.add('Sigmoid', [x]), x]))).toContain('Silu');
  });
  it.each<[string, Write, ops: readonly string[], not: string]>([
    ['another number than sqrt 2', (b, x) => b.add('Mul', [x, erf(b, x, 1.5)]), ['Erf'], 'Gelu'],
    [
      'a deviation of something else',
      (b, x) => b.add('Div', [centred(b, x), root(b, squared(b, b.add('Relu', [x])))]),
      ['Pow', 'Sqrt', 'Div'],
      'LayerNormalization',
    ],
  ])('what is none of them is taken as it stands: %s', async (_, write, ops, not) => {
    const found = await opsOf(write);
    expect(found).toEqual(expect.arrayContaining([...ops]));
    expect(found).not.toContain(not);
  });
  it.each<[string, Write, RegExp]>([
    [
      'a norm over tokens with factors of features',
      (b, x) => {
        const d = centred(b, x, 1);
        return b.add('Mul', [b.add('Div', [d, root(b, squared(b, d), 1)]), weights(b, 'scale', [8])]);
      },
      /LayerNormalization \(with parameters of shape \[8\]\)/,
    ],
  ])('what is none of them is refused: %s', async (_, write, message) => {
    await expect(importGraph(graphOf(TOKENS, pooled(write)), 13)).rejects.toThrow(message);
  });
});

/** The batch size of a value, as shape arithmetic reads it. */
const batchOf = (b: GraphBuilder, x: string, axis = 0) =>
  b.add('Gather', [b.add('Shape', [x]), b.constant(intTensor([1], [axis]), `axis${axis}`)], { axis: 0 });

const ATTENTION: Record<string, Write> = {
  'stacked queries, keys and values': (b, x) => {
    const qkv = b.add('MatMul', [x, weights(b, 'w', [8, 24])]);
    const shape = b.add('Concat', [batchOf(b, x), b.ints([5, 3, 2, 4])], { axis: 0 });
    const stacked = b.add('Transpose', [b.add('Reshape', [qkv, shape])], { perm: [2, 0, 3, 1, 4] });
    const [q, k, v] = b.addMany('Split', [stacked, b.ints([1, 1, 1])], 3, { axis: 0 }).map((part) => b.add('Squeeze', [part, b.ints([0])])) as [string, string, string]; // biome-ignore format: one line
    const scores = b.add('MatMul', [q, b.add('Transpose', [k], { perm: [0, 1, 3, 2] })]);
    const attended = b.add('MatMul', [b.add('Softmax', [scores], { axis: -1 }), v]);
    return b.add('Reshape', [b.add('Transpose', [attended], { perm: [0, 2, 1, 3] }), b.ints([-1, 5, 8])]);
  },
  'sequences first, heads joined with the batch': (b, x) => {
    const turned = b.add('Transpose', [x], { perm: [1, 0, 2] });
    const joined = b.add('Mul', [batchOf(b, turned, 1), b.ints([2])]);
    const heads = (y: string) => {
      const shape = b.add('Concat', [b.ints([5]), joined, b.ints([4])], { axis: 0 });
      return b.add('Transpose', [b.add('Reshape', [y, shape])], { perm: [1, 0, 2] });
    };
    const value = heads(b.add('MatMul', [turned, weights(b, 'v', [8, 8])]));
    const scores = b.add('MatMul', [heads(turned), b.add('Transpose', [value], { perm: [0, 2, 1] })]);
    const attended = b.add('MatMul', [b.add('Softmax', [scores], { axis: 2 }), value]);
    const rows = b.add('Reshape', [b.add('Transpose', [attended], { perm: [1, 0, 2] }), b.ints([-1, 8])]);
    const dense = b.add('Gemm', [rows, weights(b, 'o', [8, 8]), weights(b, 'c', [8])], { transB: 1 });
    const whole = b.add('Concat', [b.ints([5]), batchOf(b, turned, 1), b.ints([8])], { axis: 0 });
    return b.add('Transpose', [b.add('Reshape', [dense, whole])], { perm: [1, 0, 2] });
  },
  'windows joined with the batch': (b, x) => {
    const windows = b.add('Reshape', [x, b.ints([-1, 1, 8])]);
    const soft = b.add('Softmax', [b.add('MatMul', [windows, weights(b, 'w', [8, 8])])], { axis: -1 });
    return b.add('Reshape', [soft, b.ints([-1, 5, 8])]);
  },
  Einsum: (b, x) => {
    const scores = b.add('Einsum', [x, b.add('Relu', [x])], { equation: 'bic,bjc->bij' });
    return b.add('Einsum', [b.add('Softmax', [scores], { axis: -1 }), x], { equation: 'bij,bjd->bid' });
  },
  'a class token': (b, x) => {
    const shape = b.add('Concat', [batchOf(b, x), b.ints([1, 8])], { axis: 0 });
    const ones = b.add('ConstantOfShape', [b.add('Shape', [shape])], {});
    const minus = b.add('Sub', [b.add('Cast', [ones], { to: 7 }), b.ints([1])]);
    const fixed = b.add('Where', [b.add('Equal', [shape, minus]), b.ints([1, 1, 1]), shape]);
    const token = b.add('Expand', [
      b.constant(floatTensor([1, 1, 8], new Float32Array(8).fill(0.5)), 'class'),
      fixed,
    ]);
    return b.add('Softmax', [b.add('Concat', [token, x], { axis: 1 })], { axis: 1 });
  },
};

/** Shapes and constants that fold, and what repeats or masks values. */
const OTHERS: Record<string, Write> = {
  'a mask of scores that lets nothing through': (b, x) => {
    const ones = b.constant(floatTensor([5, 5], new Float32Array(25).fill(1)), 'ones');
    const scores = b.add('MatMul', [x, b.add('Transpose', [x], { perm: [0, 2, 1] })]);
    const causal = b.add('Cast', [b.add('Trilu', [ones], { upper: 0 })], { to: 9 });
    const masked = b.add('Where', [causal, scores, b.scalar(Number.NEGATIVE_INFINITY)]);
    return b.add('MatMul', [b.add('Softmax', [masked], { axis: -1 }), x]);
  },
  'a mask that is filled in': (b, x) => {
    const gone = b.add('Not', [
      b.add('Cast', [b.constant(floatTensor([5, 1], [1, 0, 1, 1, 0]), 'kept')], { to: 9 }),
    ]);
    return b.add('Where', [gone, b.scalar(0.5), x]);
  },
  'keys that heads share': (b, x) => {
    const queries = b.add('Transpose', [b.add('Reshape', [x, b.ints([0, 5, 2, 4])])], { perm: [0, 2, 1, 3] });
    const keys = b.add('Unsqueeze', [b.add('MatMul', [x, weights(b, 'k', [8, 4])]), b.ints([1])]);
    const scores = b.add('MatMul', [queries, b.add('Transpose', [keys], { perm: [0, 1, 3, 2] })]);
    const joined = b.add('MatMul', [b.add('Softmax', [scores], { axis: -1 }), keys]);
    return b.add('Reshape', [b.add('Transpose', [joined], { perm: [0, 2, 1, 3] }), b.ints([0, 5, 8])]);
  },
  'a dense layer over tokens': (b, x) => b.add('MatMul', [weights(b, 'mix', [3, 5]), x]),
  'copies, by Expand and Tile': (b, x) => {
    const one = b.add('ReduceMean', [x], { axes: [1], keepdims: 1 });
    const expanded = b.add('Expand', [one, b.add('Shape', [x])]);
    return b.add(
      'Concat',
      [b.add('Tile', [expanded, b.ints([1, 1, 2])]), b.add('Concat', [x, x], { axis: 2 })],
      { axis: 1 },
    );
  },
  'a table of constants that is written into': (b, x) => {
    const zeros = b.constant(floatTensor([5, 8], new Float32Array(40)), 'zeros');
    const places = b.constant(intTensor([2, 1], [1, 4]), 'places');
    const table = b.add('ScatterND', [zeros, places, weights(b, 'rows', [2, 8])]);
    const twice = b.add('Slice', [
      b.add('Tile', [table, b.ints([2, 1])]),
      b.ints([3]),
      b.ints([8]),
      b.ints([0]),
    ]);
    return b.add('Add', [x, twice]);
  },
  'positions of a small network of constants': (b, x) => {
    const places = b.constant(
      floatTensor(
        [5, 2],
        Float32Array.from({ length: 10 }, (_, i) => i / 3),
      ),
      'places',
    );
    const hidden = b.add('Relu', [b.add('MatMul', [places, weights(b, 'one', [2, 6])])]);
    const bias = b.add('Mul', [
      b.add('Sigmoid', [b.add('MatMul', [hidden, weights(b, 'two', [6, 8])])]),
      b.scalar(16),
    ]);
    return b.add('Mul', [b.add('Add', [x, bias]), b.add('Exp', [b.scalar(0.3)])]);
  },
};

describe('what stands around attention', () => {
  it.each(Object.entries(OTHERS))('%s', async (_, write) => {
    await opsOf(write, TOKENS, 14);
  });
});

describe('attention, as exporters write it', () => {
  it.each(Object.entries(ATTENTION))('%s', async (_, write) => {
    await opsOf(write);
  });

  it('refuses a power of integers, in which runtimes differ', async () => {
    const write: Write = (b, x) =>
      b.add('Reshape', [
        x,
        b.add('Concat', [b.ints([0, 5]), b.add('Pow', [b.ints([2]), b.ints([3])])], { axis: 0 }),
      ]);
    await expect(importGraph(graphOf(TOKENS, pooled(write)), 13)).rejects.toThrow(/Pow \(of int64\)/);
  });

  it('refuses a Reshape of an unknown multiple of the batch beside -1', async () => {
    const write: Write = (b, x) => {
      const twice = b.add('Mul', [batchOf(b, x), b.ints([2])]);
      return b.add('Reshape', [x, b.add('Concat', [twice, b.ints([-1, 8])], { axis: 0 })]);
    };
    await expect(importGraph(graphOf(TOKENS, pooled(write)), 13)).rejects.toThrow(
      /Reshape \(of \[batch, 5, 8\]/,
    );
  });
});
