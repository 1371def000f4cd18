import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor, intTensor } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { ModelProto } from '../../src/onnx/schema.js';
import {
  expectSameNumbers,
  graphOf,
  importGraph,
  onnxBytes,
  temporaryFile,
  unmergedGraph,
  varints,
  type Write,
  weights,
} from './onnx-file.js';
import { logitsOf, noise, relativeError, runOriginal } from './support.js';

const IMAGE = [-1, 4, 6, 5];
const VECTOR = [-1, 8];
const SIGNAL = [-1, 4, 10];

const constant = (b: GraphBuilder, dims: number[], values: number[]) =>
  b.constant(floatTensor(dims, values), b.unique('constant'));
const axes = (b: GraphBuilder, dims: number[], values: number[]) =>
  b.constant(intTensor(dims, values), b.unique('integers'));

function conv(b: GraphBuilder, x: string, name = 'conv'): string {
  const inputs = [x, weights(b, `${name}.w`, [4, 4, 3, 3]), weights(b, `${name}.b`, [4])];
  return b.add('Conv', inputs, { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, name);
}

function gemm(b: GraphBuilder, x: string): string {
  return b.add('Gemm', [x, weights(b, 'fc.w', [6, 8]), weights(b, 'fc.b', [6])], { transB: 1 }, 'fc');
}

function batchNorm(b: GraphBuilder, x: string, channels: number, name = 'bn', epsilon = 0.03): string {
  const variance = floatTensor(
    [channels],
    Array.from({ length: channels }, (_, c) => 0.2 + c / 3),
  );
  const parameters = ['scale', 'shift', 'mean'].map((part) => weights(b, `${name}.${part}`, [channels], 1.5));
  return b.add(
    'BatchNormalization',
    [x, ...parameters, b.constant(variance, `${name}.variance`)],
    { epsilon: { float: epsilon } },
    name,
  );
}

/** name: [input, operator sets, operators]; what they compute is flattened and compared number by number. */
const CASES: Record<string, [number[], number[], Write]> = {
  'Conv without attributes': [
    IMAGE,
    [7, 21],
    (b, x) => b.add('Conv', [x, weights(b, 'w', [3, 4, 2, 3])], {}),
  ],
  'Gemm with alpha, beta and plain weights': [
    VECTOR,
    [9, 21],
    (b, x) =>
      b.add('Gemm', [x, weights(b, 'w', [8, 5]), weights(b, 'c', [1, 5])], {
        alpha: { float: 0.5 },
        beta: { float: 2 },
      }),
  ],
  'Gemm with a scalar bias': [
    VECTOR,
    [13],
    (b, x) => b.add('Gemm', [x, weights(b, 'w', [5, 8]), constant(b, [], [0.7])], { transB: 1 }),
  ],
  'Gemm without a bias': [VECTOR, [13], (b, x) => b.add('Gemm', [x, weights(b, 'w', [5, 8])], { transB: 1 })],
  'MatMul and Add': [
    VECTOR,
    [9, 21],
    (b, x) => b.add('Add', [weights(b, 'c', [5]), b.add('MatMul', [x, weights(b, 'w', [8, 5])])]),
  ],
  'MatMul and Add over the last of three axes': [
    [-1, 5, 8],
    [9, 21],
    (b, x) =>
      b.add('Relu', [b.add('Add', [b.add('MatMul', [x, weights(b, 'w', [8, 6])]), weights(b, 'c', [6])])]),
  ],
  'MatMul over the last of four and five axes': [
    [-1, 3, 2, 4],
    [13],
    (b, x) => {
      const four = b.add('MatMul', [x, weights(b, 'w', [4, 6])]);
      const five = b.add('Reshape', [b.add('Tanh', [four]), b.ints([-1, 3, 2, 2, 3])]);
      return b.add('MatMul', [five, weights(b, 'v', [3, 2])]);
    },
  ],
  'BatchNormalization behind Conv': [IMAGE, [7, 9, 15, 21], (b, x) => batchNorm(b, conv(b, x), 4)],
  'BatchNormalization behind Gemm': [VECTOR, [9, 21], (b, x) => batchNorm(b, gemm(b, x), 6)],
  'BatchNormalization before Gemm': [VECTOR, [13], (b, x) => gemm(b, batchNorm(b, x, 8))],
  'BatchNormalization before a padded Conv': [IMAGE, [13], (b, x) => conv(b, batchNorm(b, x, 4))],
  'BatchNormalization before a grouped Conv without padding': [
    IMAGE,
    [13],
    (b, x) => b.add('Conv', [batchNorm(b, x, 4), weights(b, 'w', [6, 2, 2, 2])], { group: 2 }),
  ],
  'BatchNormalization alone on images': [
    IMAGE,
    [13],
    (b, x) => b.add('Relu', [batchNorm(b, b.add('Relu', [x]), 4)]),
  ],
  'BatchNormalization alone on vectors': [VECTOR, [13], (b, x) => b.add('Relu', [batchNorm(b, x, 8)])],
  'BatchNormalization alone on five axes': [
    [-1, 4, 2, 3, 2],
    [13],
    (b, x) => b.add('Relu', [batchNorm(b, x, 4)]),
  ],
  'two BatchNormalizations, read twice': [
    IMAGE,
    [13],
    (b, x) => {
      const first = batchNorm(b, conv(b, x), 4, 'one');
      const second = batchNorm(b, first, 4, 'two', 1e-3);
      return b.add('Add', [first, b.add('Add', [second, conv(b, second, 'again')])]);
    },
  ],
  'Add, Sub, Mul, Div with numbers of channels': [
    IMAGE,
    [9, 14],
    (b, x) => {
      const scaled = b.add('Mul', [constant(b, [4, 1, 1], [1, -2, 0.5, 3]), x]);
      const shifted = b.add('Sub', [scaled, constant(b, [1, 4, 1, 1], [1, 2, 3, 4])]);
      const turned = b.add('Sub', [constant(b, [], [1]), shifted]);
      return b.add('Add', [
        b.add('Div', [turned, constant(b, [1], [3])]),
        constant(b, [4, 1, 1], [1, 2, 3, 4]),
      ]);
    },
  ],
  'Add and Mul with numbers of pixels': [
    IMAGE,
    [13],
    (b, x) => b.add('Mul', [b.add('Add', [x, weights(b, 'image', [4, 6, 5])]), weights(b, 'row', [6, 1])]),
  ],
  'Neg, Sum, Max and Min': [
    IMAGE,
    [9, 13],
    (b, x) => {
      const negative = b.add('Neg', [x]);
      const sum = b.add('Sum', [x, conv(b, x), negative]);
      return b.add('Max', [b.add('Min', [sum, constant(b, [], [0.4])]), negative, constant(b, [], [-0.2])]);
    },
  ],
  'Mul and Sub of computed values': [
    IMAGE,
    [13],
    (b, x) => {
      const gate = b.add('Sigmoid', [b.add('GlobalAveragePool', [x])]);
      return b.add('Sub', [b.add('Mul', [x, gate]), conv(b, x)]);
    },
  ],
  activations: [
    IMAGE,
    [9, 21],
    (b, x) => {
      const floats = (alpha: number) => ({ alpha: { float: alpha } });
      const elu = b.add('Elu', [b.add('LeakyRelu', [conv(b, x)], floats(0.3))], floats(0.7));
      const hard = b.add('HardSigmoid', [elu], { ...floats(0.3), beta: { float: 0.4 } });
      return b.add('Tanh', [b.add('PRelu', [b.add('Sub', [hard, x]), constant(b, [1], [0.2])])]);
    },
  ],
  'a constant that the value is repeated over': [
    VECTOR,
    [9, 21],
    (b, x) => {
      const row = b.add('Reshape', [x, axes(b, [3], [0, 1, 8])]);
      const several = b.add('Sub', [row, weights(b, 'c', [1, 3, 8])]);
      return b.add('Mul', [several, several]);
    },
  ],
  'signed roots': [
    IMAGE,
    [9, 21],
    (b, x) => {
      const root = (value: string) =>
        b.add('Mul', [b.add('Sign', [value]), b.add('Sqrt', [b.add('Abs', [value])])]);
      const power = b.add('Pow', [b.add('Abs', [x]), constant(b, [], [0.5])]);
      return b.add('Add', [root(conv(b, x)), b.add('Mul', [power, b.add('Sign', [x])])]);
    },
  ],
  'LpNormalization along the channels': [
    IMAGE,
    [9, 21],
    (b, x) => b.add('LpNormalization', [x], { axis: 1 }),
  ],
  'LpNormalization, a row of zeros': [
    VECTOR,
    [21],
    (b, x) => {
      const rows = b.add('Reshape', [x, axes(b, [3], [0, 2, 4])]);
      return b.add('LpNormalization', [b.add('Mul', [rows, constant(b, [2, 1], [0, 1])])]);
    },
  ],
  HardSwish: [IMAGE, [14], (b, x) => b.add('HardSwish', [conv(b, x)])],
  'Clip by attributes': [
    IMAGE,
    [9],
    (b, x) => b.add('Clip', [x], { min: { float: -0.3 }, max: { float: 0.5 } }),
  ],
  'Clip by inputs': [
    IMAGE,
    [13],
    (b, x) => {
      const above = b.add('Clip', [conv(b, x), constant(b, [], [0])]);
      return b.add('Clip', [above, '', constant(b, [], [0.5])]);
    },
  ],
  LRN: [
    IMAGE,
    [9, 13],
    (b, x) =>
      b.add('LRN', [conv(b, x)], {
        size: 3,
        alpha: { float: 0.5 },
        beta: { float: 0.6 },
        bias: { float: 2 },
      }),
  ],
  'Gemm of weights that are transposed by any number but 0': [
    VECTOR,
    [13],
    (b, x) => b.add('Gemm', [x, weights(b, 'fc.w', [8, 8])], { transB: -1 }),
  ],
  'a normalisation scaled by position': [
    [-1, 4, 8],
    [13],
    (b, x) => {
      const centred = b.add('Sub', [x, b.add('ReduceMean', [x], { axes: [-1] })]);
      const variance = b.add('ReduceMean', [b.add('Mul', [centred, centred])], { axes: [-1] });
      const root = b.add('Sqrt', [b.add('Add', [variance, constant(b, [], [1e-3])])]);
      return b.add('Mul', [b.add('Div', [centred, root]), weights(b, 'scale', [4, 1])]);
    },
  ],
  'LRN behind a Reshape': [
    VECTOR,
    [9, 21],
    (b, x) => b.add('LRN', [b.add('Reshape', [x, axes(b, [4], [0, 4, 2, 1])])], { size: 3 }),
  ],
  'Softmax in the middle, old meaning': [
    IMAGE,
    [9],
    (b, x) => b.add('Mul', [x, b.add('Softmax', [x], { axis: 2 })]),
  ],
  'Softmax in the middle, new meaning': [
    IMAGE,
    [13],
    (b, x) => b.add('Mul', [x, b.add('Softmax', [x], { axis: 1 })]),
  ],
  'GlobalMaxPool of signals': [SIGNAL, [9, 21], (b, x) => b.add('GlobalMaxPool', [x])],
  'ReduceMean over space': [
    IMAGE,
    [9, 13],
    (b, x) => b.add('ReduceMean', [conv(b, x)], { axes: [-1, 2], keepdims: 0 }),
  ],
  'ReduceMean over one axis': [IMAGE, [13], (b, x) => b.add('ReduceMean', [x], { axes: [3], keepdims: 1 })],
  'ReduceMean and ReduceMax over channels': [
    IMAGE,
    [13],
    (b, x) => {
      const mean = b.add('ReduceMean', [x], { axes: [1], keepdims: 1 });
      const most = b.add('ReduceMax', [x], { axes: [3, 1], keepdims: 0 });
      return b.add('Add', [
        b.add('Sub', [x, mean]),
        b.add('Unsqueeze', [b.add('Unsqueeze', [most, b.ints([2])]), b.ints([1])]),
      ]);
    },
  ],
  'ReduceMean over images with channels last, and over features': [
    [-1, 6, 5, 4],
    [13],
    (b, x) => {
      const mean = b.add('ReduceMean', [b.add('Relu', [x])], { axes: [1, 2], keepdims: 0 });
      return b.add('Sub', [mean, b.add('ReduceMean', [mean], { axes: [-1], keepdims: 1 })]);
    },
  ],
  'ReduceMean with axes as input': [
    IMAGE,
    [18],
    (b, x) => b.add('ReduceMean', [conv(b, x), b.ints([2, 3])], { keepdims: 0 }),
  ],
  'ReduceSum and ReduceMax': [
    IMAGE,
    [13],
    (b, x) => {
      const sum = b.add('ReduceSum', [x, b.ints([2, 3])], { keepdims: 1 });
      return b.add('Sub', [sum, b.add('ReduceMax', [x], { axes: [2, 3] })]);
    },
  ],
  'Concat and Split by attribute': [
    IMAGE,
    [9, 11],
    (b, x) => {
      const [one, two] = b.addMany('Split', [x], 2, { axis: 1, split: [1, 3] });
      return b.add('Concat', [two as string, b.add('Relu', [one as string]), x], { axis: -3 });
    },
  ],
  'Concat of some of the channels': [
    IMAGE,
    [13],
    (b, x) => {
      const cut = (start: number, end: number) =>
        b.add('Slice', [x, b.ints([start]), b.ints([end]), b.ints([1])]);
      const some = b.add('Concat', [cut(0, 2), cut(2, 3)], { axis: 1 });
      const turned = b.add('Concat', [cut(2, 4), cut(0, 2)], { axis: 1 });
      return b.add('Concat', [some, turned], { axis: 1 });
    },
  ],
  'Split by input': [
    IMAGE,
    [13],
    (b, x) => {
      const [one, two] = b.addMany('Split', [x, b.ints([4, 2])], 2, { axis: 2 });
      return b.add('Concat', [two as string, one as string], { axis: 2 });
    },
  ],
  'Split into unequal chunks': [
    IMAGE,
    [18],
    (b, x) => {
      const [one, two, three] = b.addMany('Split', [x], 3, { axis: 3, num_outputs: 3 });
      return b.add('Concat', [three as string, one as string, two as string], { axis: 3 });
    },
  ],
  'Slice by attributes': [
    IMAGE,
    [9],
    (b, x) => b.add('Slice', [x], { starts: [1, -3], ends: [99, -1], axes: [1, 2] }),
  ],
  'Slice by inputs with steps': [
    IMAGE,
    [13],
    (b, x) => b.add('Slice', [x, b.ints([-1, 0]), b.ints([-99, 6]), b.ints([1, 2]), b.ints([-1, 2])]),
  ],
  'Gather of one and of several': [
    IMAGE,
    [9, 13],
    (b, x) => {
      const one = b.add('Gather', [x, axes(b, [], [-1])], { axis: 2 });
      const several = b.add('Gather', [x, b.ints([3, 1, 2])], { axis: 1 });
      return b.add('Concat', [b.add('Flatten', [one]), b.add('Flatten', [several])], { axis: 1 });
    },
  ],
  'Pad by attribute, before a Conv': [
    IMAGE,
    [9],
    (b, x) =>
      b.add('Conv', [
        b.add('Pad', [x], { mode: 'constant', pads: [0, 0, 1, 0, 0, 0, 2, 3] }),
        weights(b, 'w', [2, 4, 3, 3]),
      ]),
  ],
  'Pad of channels and negative Pad': [
    IMAGE,
    [13],
    (b, x) => b.add('Relu', [b.add('Pad', [x, b.ints([0, 2, -1, 0, 0, 1, -2, 3])], { mode: 'constant' })]),
  ],
  'Pad of named axes': [
    IMAGE,
    [18],
    (b, x) => b.add('Relu', [b.add('Pad', [x, b.ints([1, 2]), '', b.ints([-1])])]),
  ],
  'Transpose and Reshape (channel shuffle)': [
    IMAGE,
    [9, 14],
    (b, x) => {
      const groups = b.add('Reshape', [x, b.ints([0, 2, 2, 6, -1])]);
      const turned = b.add('Transpose', [groups], { perm: [0, 2, 1, 3, 4] });
      return b.add('Reshape', [turned, b.ints([-1, 4, 6, 5])]);
    },
  ],
  'Reshape by arithmetic on the Shape': [
    IMAGE,
    [9, 13],
    (b, x) => {
      const shape = b.add('Shape', [x]);
      const at = (i: number) => b.add('Gather', [shape, axes(b, [1], [i])], { axis: 0 });
      const product = b.add('Mul', [b.add('Mul', [at(2), at(3)]), at(1)]);
      const half = b.add('Div', [product, b.ints([2])]);
      const rest = b.add('Cast', [b.add('Floor', [b.add('Cast', [half], { to: 1 })])], { to: 7 });
      const size = b.add('Concat', [at(0), rest, b.ints([2])], { axis: 0 });
      return b.add('Reshape', [x, size]);
    },
  ],
  'Squeeze and Unsqueeze by attribute': [
    [-1, 4, 1, 5],
    [9],
    (b, x) => b.add('Unsqueeze', [b.add('Squeeze', [x], { axes: [2] })], { axes: [1, 4] }),
  ],
  'Squeeze and Unsqueeze by input': [
    [-1, 4, 1, 5],
    [13],
    (b, x) => b.add('Unsqueeze', [b.add('Squeeze', [x, b.ints([-2])]), b.ints([-1, 1])]),
  ],
  'Identity, Dropout and Cast': [
    IMAGE,
    [9, 11],
    (b, x) => b.add('Cast', [b.add('Dropout', [b.add('Identity', [conv(b, x)])])], { to: 1 }),
  ],
  'weights computed from constants': [
    VECTOR,
    [13],
    (b, x) => {
      const turned = b.add('Transpose', [weights(b, 'w', [6, 8])], { perm: [1, 0] });
      const scaled = b.add('Mul', [turned, weights(b, 'g', [6])]);
      return b.add('MatMul', [x, b.add('Slice', [scaled, b.ints([1]), b.ints([5]), b.ints([1])])]);
    },
  ],
};

describe('every operator computes what onnxruntime computes', () => {
  const cases = Object.entries(CASES).flatMap(([name, [dims, opsets, write]]) =>
    opsets.map((opset) => ({ name, dims, opset, write })),
  );
  it.each(cases)('$name (operator set $opset)', async ({ dims, opset, write }) => {
    const flat: Write = (b, x) => b.add('Flatten', [write(b, x)], { axis: 1 }, 'flat');
    await expectSameNumbers(graphOf(dims, flat), opset);
  });
});

describe('weights', () => {
  const graph = graphOf(VECTOR, (b, x) => b.add('MatMul', [x, weights(b, 'w', [8, 3], 1)], {}, 'out'));
  const exact = Float32Array.from({ length: 24 }, (_, i) => (i - 12) / 4);

  /** The graph's file with the weights stored in another way. */
  function stored(fields: Record<string, unknown>, asNode = false): Uint8Array {
    const model = ModelProto.decode(onnxBytes(graph, 13)) as unknown as {
      graph: { initializer: unknown[]; node: unknown[] };
    };
    const tensor = { name: 'w', dims: [8, 3], data_type: 1, ...fields };
    const attribute = [{ name: 'value', type: 4, t: tensor }];
    model.graph.initializer = asNode ? [] : [tensor];
    if (asNode) model.graph.node.unshift({ op_type: 'Constant', output: ['w'], attribute });
    return ModelProto.encode(model).finish();
  }

  const bytesOf = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer);
  const halves = Uint16Array.from(exact, (value) => {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value);
    const bits = view.getUint32(0);
    if (value === 0) return 0;
    return ((bits >>> 16) & 0x8000) | ((((bits >>> 23) & 0xff) - 112) << 10) | ((bits >>> 13) & 0x3ff);
  });
  const upper = Uint16Array.from(exact, (_, i) => new Uint16Array(exact.buffer)[2 * i + 1] as number);

  it.each<[string, Record<string, unknown>, boolean]>([
    ['raw float', { raw_data: bytesOf(exact) }, false],
    ['packed float', { float_data: bytesOf(exact) }, false],
    ['raw double', { data_type: 11, raw_data: bytesOf(Float64Array.from(exact)) }, false],
    ['packed double', { data_type: 11, double_data: bytesOf(Float64Array.from(exact)) }, false],
    ['raw float16', { data_type: 10, raw_data: bytesOf(halves) }, false],
    ['packed float16', { data_type: 10, int32_data: varints(halves) }, false],
    ['raw bfloat16', { data_type: 16, raw_data: bytesOf(upper) }, false],
    ['Constant node', { raw_data: bytesOf(exact) }, true],
  ])('%s', async (_, fields, asNode) => {
    const network = await loadNetwork({ weights: temporaryFile(stored(fields, asNode), '.onnx') });
    const columns = [0, 1, 2].map((column) => Array.from({ length: 8 }, (_, row) => exact[3 * row + column]));
    expect(Array.from(network.graph.constants.get('out.weight')?.data as Float32Array)).toEqual(
      columns.flat(),
    );
  });

  it('may stand at any place in the file', async () => {
    for (const name of ['w', 'ww', 'www', 'wwww']) {
      const plain = graphOf(VECTOR, (b, x) =>
        b.add('Gemm', [x, weights(b, name, [40, 8])], { transB: 1 }, 'out'),
      );
      const network = await importGraph(plain, 13);
      expect(network.graph.constants.get('out.weight')).toEqual(plain.constants.get(name));
    }
  });
});

describe('a branch on shapes', () => {
  it('gives way to the branch that is taken', async () => {
    const graph = graphOf([-1, 4, 3, 1], (b, x) => {
      const last = b.add('Gather', [b.add('Shape', [x]), axes(b, [], [-1])], { axis: 0 });
      const squeezed = b.add('If', [b.add('Equal', [last, axes(b, [], [1])])], {}, 'squeezed');
      return b.add('Flatten', [b.add('Relu', [squeezed])], {}, 'out');
    });
    const model = ModelProto.decode(onnxBytes(graph, 13)) as unknown as {
      graph: { node: { op_type: string; attribute: unknown[] }[] };
    };
    const branch = (op_type: string, attribute: unknown[]) => ({
      node: [
        { op_type, input: ['data', 'axis'].slice(0, attribute.length ? 1 : 2), output: [op_type], attribute },
      ],
      initializer: [{ name: 'axis', dims: [1], data_type: 7, int64_data: varints([3]) }],
      output: [{ name: op_type }],
    });
    for (const node of model.graph.node.filter(({ op_type }) => op_type === 'If')) {
      node.attribute.push({ name: 'then_branch', type: 5, g: branch('Squeeze', []) });
      node.attribute.push({ name: 'else_branch', type: 5, g: branch('LSTM', []) });
    }
    const network = await loadNetwork({ weights: temporaryFile(ModelProto.encode(model).finish(), '.onnx') });
    expect(network.graph.nodes.map(({ op }) => op)).toEqual(['Reshape', 'Relu', 'Reshape']);
  });

  it('may call its values what another branch calls its own', async () => {
    const graph = graphOf([-1, 6], (b, x) => {
      const size = b.add('Gather', [b.add('Shape', [x]), axes(b, [], [-1])], { axis: 0 });
      const known = b.add('Equal', [size, axes(b, [], [6])]);
      const first = b.add('If', [known], {}, 'first');
      return b.add('Add', [first, b.add('If', [known], {}, 'second')], {}, 'out');
    });
    const model = ModelProto.decode(onnxBytes(graph, 13)) as unknown as {
      graph: { node: { op_type: string; attribute: unknown[] }[] };
    };
    const branch = (...ops: string[]) => ({
      name: 'branch',
      node: ops.map((op_type, i) => ({
        op_type,
        input: [i === 0 ? 'data' : `local${i - 1}`],
        output: [`local${i}`],
      })),
      output: [{ name: `local${ops.length - 1}`, type: { tensor_type: { elem_type: 1 } } }],
    });
    const branches = [branch('Tanh', 'Relu'), branch('Sigmoid', 'Tanh')];
    for (const [i, node] of model.graph.node.filter(({ op_type }) => op_type === 'If').entries()) {
      node.attribute.push({ name: 'then_branch', type: 5, g: branches[i] });
      node.attribute.push({ name: 'else_branch', type: 5, g: branch('Identity') });
    }
    const bytes = ModelProto.encode(model).finish();
    const network = await loadNetwork({ weights: temporaryFile(bytes, '.onnx') });
    const expected = await runOriginal(bytes, [2, 6], noise(12), 'out');
    expect(relativeError(await logitsOf(network.graph, noise(12)), expected)).toBeLessThan(1e-6);
  });
});

describe('fixed batches', () => {
  it.each([1, 3])('a Reshape to the exported batch of %i keeps the batch free', async (batch) => {
    const write: Write = (b, x) => b.add('Reshape', [x, b.ints([batch, -1])]);
    const network = await expectSameNumbers(graphOf([batch, 4, 3, 3], write), 13);
    expect(network.classes).toBe(36);
  });

  it('a Reshape that moves the batch is refused', async () => {
    const write: Write = (b, x) => b.add('Reshape', [x, b.ints([2, -1])]);
    await expect(importGraph(graphOf([1, 4, 3, 3], write), 13)).rejects.toThrow(
      "unsupported operators: Reshape (of [batch, 4, 3, 3] to [2, -1]) at 'Reshape'",
    );
  });

  it.each<[string, number[], Write]>([
    [
      'Flatten before all axes',
      [1, 4, 3, 3],
      (b, x) => b.add('MatMul', [b.add('Flatten', [x], { axis: 0 }), weights(b, 'w', [36, 5])]),
    ],
    [
      'Reshape to [1, batch, ...]',
      [-1, 4, 9],
      (b, x) => {
        const batch = b.add('Slice', [b.add('Shape', [x]), b.ints([0]), b.ints([1])]);
        const shape = b.add('Concat', [b.ints([1]), batch, b.ints([36])], { axis: 0 });
        const dense = b.add('MatMul', [b.add('Reshape', [x, shape]), weights(b, 'w', [36, 5])]);
        return b.add('Squeeze', [b.add('Relu', [b.add('Add', [dense, weights(b, 'c', [5])])]), b.ints([0])]);
      },
    ],
    [
      'Unsqueeze before the batch, and back by Gather',
      [-1, 4, 9],
      (b, x) => {
        const one = b.add('Unsqueeze', [x, b.ints([0])]);
        const scaled = b.add('Mul', [one, weights(b, 's', [1, 1, 4, 1])]);
        const mean = b.add('ReduceMean', [scaled], { axes: [-1], keepdims: 0 });
        return b.add('Gather', [mean, b.constant(intTensor([], [0]), 'zero')], { axis: 0 });
      },
    ],
    [
      '[length, batch, features]',
      [-1, 7, 8],
      (b, x) => {
        const turned = b.add('Transpose', [x], { perm: [1, 0, 2] });
        const hidden = b.add('Add', [
          b.add('MatMul', [turned, weights(b, 'w', [8, 6])]),
          weights(b, 'position', [7, 1, 6]),
        ]);
        const soft = b.add('Softmax', [hidden], { axis: 0 });
        const cut = b.add('Slice', [soft, b.ints([1, 0]), b.ints([6, 2147483647]), b.ints([0, 1])]);
        const both = b.add('Concat', [cut, b.add('Slice', [hidden, b.ints([0]), b.ints([2]), b.ints([0])])], {
          axis: 0,
        });
        const padded = b.add('Pad', [both, b.ints([1, 0, 0, 0, 0, 1])]);
        return b.add('ReduceMean', [b.add('Transpose', [padded], { perm: [1, 2, 0] })], {
          axes: [2],
          keepdims: 0,
        });
      },
    ],
    [
      'a mean over what stands before the batch',
      [-1, 7, 8],
      (b, x) =>
        b.add('ReduceMean', [b.add('Transpose', [x], { perm: [1, 0, 2] })], { axes: [0], keepdims: 0 }),
    ],
  ])('the batch may stand at any axis of the file: %s', async (_, dims, write) => {
    await expectSameNumbers(graphOf(dims, write), 13);
  });

  it.each<[string, Write, RegExp]>([
    [
      'a sum over it',
      (b, x) => b.add('ReduceMean', [b.add('Transpose', [x], { perm: [1, 0, 2] })], { axes: [1] }),
      /ReduceMean \(over the batch\)/,
    ],
    [
      'values that have it elsewhere',
      (b, x) => b.add('Add', [x, b.add('Transpose', [x], { perm: [1, 0, 2] })]),
      /Add \(with the batch as axes 0 and 1\)/,
    ],
    [
      'constants that differ over it',
      (b, x) => b.add('Mul', [b.add('Transpose', [x], { perm: [1, 0, 2] }), weights(b, 's', [4, 1])]),
      /constants that differ over the batch/,
    ],
    [
      'a window',
      (b, x) => b.add('MaxPool', [b.add('Transpose', [x], { perm: [1, 0, 2] })], { kernel_shape: [2] }),
      /MaxPool \(with the batch as axis 1\)/,
    ],
  ])('refuses %s', async (_, write, message) => {
    await expect(
      importGraph(
        graphOf([-1, 4, 4], (b, x) => b.add('Relu', [write(b, x)])),
        13,
      ),
    ).rejects.toThrow(message);
  });

  it.each<[string, Write, RegExp]>([
    ['a size below -1', (b, x) => b.add('Reshape', [x, b.ints([-2, 16])]), /Reshape \(to \[-2,16\]\)/],
    ['a Concat without its axis', (b, x) => b.add('Concat', [x, x]), /Concat \(without its axis\)/],
    [
      'a scale that is not one number a feature',
      (b, x) => b.add('LayerNormalization', [x, weights(b, 's', [4, 1])], { axis: -1 }),
      /LayerNormalization \(with parameters of shape \[4,1\]\)/,
    ],
    [
      'an attribute of another type',
      (b, x) => b.add('LeakyRelu', [x], { alpha: 1 }),
      /LeakyRelu \(with an attribute alpha that is no float\)/,
    ],
  ])('refuses %s', async (_, write, message) => {
    const graph = graphOf([-1, 4, 4], (b, x) => b.add('Flatten', [write(b, x)], { axis: 1 }));
    await expect(importGraph(graph, 17)).rejects.toThrow(message);
  });

  it('a vector flattened out of a batch of one keeps its batch', async () => {
    const write: Write = (b, x) => gemmOfRow(b, b.add('Reshape', [x, b.ints([-1])]));
    const gemmOfRow = (b: GraphBuilder, x: string) => b.add('MatMul', [x, weights(b, 'w', [36, 5])]);
    expect((await expectSameNumbers(graphOf([1, 4, 3, 3], write), 13)).classes).toBe(5);
  });
});

describe('the canonical form', () => {
  const ops = async (dims: number[], write: Write) =>
    (await importGraph(graphOf(dims, write), 13)).graph.nodes.map(({ op }) => op).join(' ');

  it('an LRN along one axis, which runtimes refuse, is that over two of which one has size 1', async () => {
    const attributes = { size: 3, alpha: { float: 0.9 }, beta: { float: 0.75 } };
    const lrnOver = (places: number[]) =>
      importGraph(
        graphOf([-1, 4, ...places], (b, x) => b.add('Flatten', [b.add('LRN', [x], attributes)])),
        13,
      );
    const [one, two] = [await lrnOver([10]), await lrnOver([10, 1])];
    expect(await logitsOf(one.graph, noise(40))).toEqual(await logitsOf(two.graph, noise(40)));
  });

  it('merges batch normalisation and constants into one layer', async () => {
    const write: Write = (b, x) => {
      const scaled = b.add('Mul', [batchNorm(b, conv(b, x), 4), constant(b, [4, 1, 1], [1, 2, 3, 4])]);
      return b.add('GlobalAveragePool', [b.add('Add', [scaled, constant(b, [1], [0.5])])]);
    };
    expect(await ops(IMAGE, write)).toBe('Conv AveragePool Reshape');
  });

  it('leaves a batch normalisation that stands alone', async () => {
    const graph = graphOf(IMAGE, (b, x) => b.add('GlobalAveragePool', [b.add('Relu', [batchNorm(b, x, 4)])]));
    const network = await importGraph(graph, 13);
    expect(network.graph.nodes[0]).toMatchObject({
      op: 'BatchNormalization',
      attributes: { epsilon: { float: 0 } },
    });
    const unmerged = await unmergedGraph(temporaryFile(onnxBytes(graph, 13), '.onnx'));
    expect(unmerged.nodes[0]?.op).toBe('BatchNormalization');
  });

  it('recognises HardSwish as it was written before operator set 14', async () => {
    const sixth = { alpha: { float: 1 / 6 }, beta: { float: 0.5 } };
    const write: Write = (b, x) => {
      const y = conv(b, x);
      return b.add('Flatten', [b.add('Mul', [b.add('HardSigmoid', [y], sixth), y])]);
    };
    await expectSameNumbers(graphOf(IMAGE, write), 13);
    expect(await ops(IMAGE, write)).toBe('Conv HardSwish Reshape');
  });

  it('gathers the scales of single channels (transform_input) into one', async () => {
    const write: Write = (b, x) => {
      const channels = [0, 1, 2, 3].map((c) => {
        const picked = b.add('Gather', [x, axes(b, [], [c])], { axis: 1 });
        const channel = b.add('Unsqueeze', [picked, b.ints([1])]);
        return b.add('Add', [b.add('Mul', [channel, constant(b, [], [c + 1])]), constant(b, [], [0.5 - c])]);
      });
      return b.add('GlobalAveragePool', [conv(b, b.add('Concat', channels, { axis: 1 }))]);
    };
    await expectSameNumbers(
      graphOf(IMAGE, (b, x) => b.add('Flatten', [write(b, x)])),
      13,
    );
    expect(await ops(IMAGE, write)).toBe('Add Conv AveragePool Reshape');
  });

  it('makes channels the first axis of images that come channels last', async () => {
    const write: Write = (b, x) => {
      const turned = b.add('Transpose', [x], { perm: [0, 3, 1, 2] });
      return b.add('GlobalAveragePool', [conv(b, turned)]);
    };
    const network = await importGraph(graphOf([-1, 6, 5, 4], write), 13);
    expect(network.inputShape).toEqual([4, 6, 5]);
    expect(network.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'AveragePool', 'Reshape']);
  });

  it.each(['Softmax', 'LogSoftmax', 'Sigmoid'])('ends before a final %s', async (op) => {
    const write: Write = (b, x) => b.add('Reshape', [b.add(op, [gemm(b, x)]), b.ints([-1, 6])]);
    expect(await ops(VECTOR, write)).toBe('Gemm');
  });

  it('takes the first output that is no label, and says which to choose where there are labels only', async () => {
    const builder = new GraphBuilder('net');
    const x = builder.input({ name: 'data', type: 'float32', shape: VECTOR });
    const shares = builder.add('Softmax', [gemm(builder, x)], { axis: 1 }, 'shares');
    const best = builder.add('ArgMax', [shares], { axis: 1, keepdims: 0 }, 'best');
    builder.add('Cast', [best], { to: 7 }, 'label');
    const both = builder.build(['label', 'shares']);
    const labels = builder.build(['label', 'best']);
    const refusal =
      "output (label): expected one number a class (here it is output: shares), got a class, by ArgMax 'best'";
    const taken = await importGraph(both, 13);
    expect(taken.taken).toEqual({ output: 'shares', of: ['label', 'shares'] });
    expect(taken.graph.nodes.map(({ op }) => op)).toEqual(['Gemm']);
    await expect(importGraph(both, 13, { output: 'label' })).rejects.toThrow(refusal);
    await expect(importGraph(labels, 13)).rejects.toThrow(refusal);
    const asked = await importGraph(labels, 13, { output: 'shares' });
    expect([asked.classes, asked.taken]).toEqual([6, undefined]);
  });

  it('ends at the value or node that is asked for', async () => {
    const graph = graphOf(VECTOR, (b, x) => b.add('Relu', [b.add('Relu', [gemm(b, x)], {}, 'hidden')]));
    const network = await importGraph(graph, 13, { output: 'hidden' });
    expect(network.graph.nodes.map(({ op }) => op)).toEqual(['Gemm', 'Relu']);
    await expect(importGraph(graph, 13, { output: 'nowhere' })).rejects.toThrow(/output .*got 'nowhere'/);
  });

  it('takes the shape that is given for an input that leaves it open', async () => {
    const graph = graphOf([-1, 4, -1, -1], (b, x) => b.add('GlobalAveragePool', [conv(b, x)]));
    await expect(importGraph(graph, 13)).rejects.toThrow(/shape of the input \(data\).*\[batch, 4, \?, \?\]/);
    expect((await importGraph(graph, 13, { inputShape: [4, 9, 8] })).inputShape).toEqual([4, 9, 8]);
  });
});
