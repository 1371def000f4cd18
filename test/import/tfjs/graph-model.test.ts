import { describe, expect, it } from 'vitest';
import { loadNetwork } from '../../../src/import/network.js';
import {
  expectSameAsTfjs,
  graphModel,
  ints,
  list,
  type NodeJson,
  text,
  texts,
  weight,
  write,
} from './files.js';

const NHWC = { data_format: text('NHWC') };
const steps = (stride: number, padding: string) => ({
  strides: ints(1, stride, stride, 1),
  dilations: ints(1, 1, 1, 1),
  padding: text(padding),
  ...NHWC,
});
const node = (name: string, op: string, input: string[], attr: Record<string, unknown> = {}): NodeJson => ({
  name,
  op,
  input,
  attr,
});
const keep = { keep_dims: { b: true } };

const CONSTANTS = {
  k: weight([3, 3, 3, 4], 1),
  b: weight([4], 2),
  d: weight([3, 2, 4, 2], 3),
  s: weight([8], 4),
  fc: weight([8, 5], 5),
  bias: weight([5], 6),
  places: list(1, 2),
  axis: { shape: [], data: [-1], dtype: 'int32' as const },
  pads: { shape: [4, 2], data: [0, 0, 1, 0, 0, 2, 0, 0], dtype: 'int32' as const },
  one: { shape: [], data: [1.5] },
  scalar: { shape: [], data: [2], dtype: 'int32' as const },
  flat: list(-1, 72),
  wide: weight([72, 5], 7),
  flat24: list(-1, 24),
  narrow: weight([24, 5], 9),
  mean: weight([4], 8),
  variance: { shape: [4], data: [0.5, 1, 2, 0.25] },
  begin: list(0, 1, 0, 1),
  end: list(0, 4, -1, 4),
  stride: list(1, 1, 2, 1),
  slopes: { shape: [4], data: [0.1, 0.3, 0, 0.2] },
};

/** The constants that the nodes read. */
const used = (nodes: readonly NodeJson[]) =>
  Object.fromEntries(
    Object.entries(CONSTANTS).filter(([name]) => nodes.some(({ input = [] }) => input.includes(name))),
  );

const file = (nodes: NodeJson[]) => write(graphModel([6, 7, 3], nodes, used(nodes)));

describe('GraphModel', () => {
  it.each<[string, NodeJson[]]>([
    [
      'convolution, bias, activation, pools',
      [
        node('c', 'Conv2D', ['x', 'k'], { ...steps(2, 'SAME'), dilations: ints(1, 1, 1, 1) }),
        node('cb', 'BiasAdd', ['c', 'b'], NHWC),
        node('r', 'Relu', ['cb']),
        node('p', 'AvgPool', ['r'], { ksize: ints(1, 2, 2, 1), ...steps(1, 'SAME') }),
        node('m', 'MaxPool', ['p'], { ksize: ints(1, 2, 2, 1), ...steps(1, 'VALID') }),
        node('out', 'Max', ['m', 'places']),
      ],
    ],
    [
      'fused operators',
      [
        node('c', '_FusedConv2D', ['x', 'k', 'b'], {
          ...steps(1, 'VALID'),
          fused_ops: texts('BiasAdd', 'Elu'),
          num_args: { i: '1' },
        }),
        node('w', 'FusedDepthwiseConv2dNative', ['c', 'd', 's'], {
          ...steps(1, 'SAME'),
          fused_ops: texts('BiasAdd', 'Relu6'),
          num_args: { i: '1' },
        }),
        node('g', 'Mean', ['w', 'places']),
        node('out', '_FusedMatMul', ['g', 'fc', 'bias'], {
          fused_ops: texts('BiasAdd', 'Relu'),
          num_args: { i: '1' },
          transpose_a: { b: false },
          transpose_b: { b: false },
        }),
      ],
    ],
    [
      'EXPLICIT padding',
      [
        node('c', 'Conv2D', ['x', 'k'], {
          ...steps(2, 'EXPLICIT'),
          explicit_paddings: ints(0, 0, 1, 0, 2, 1, 0, 0),
        }),
        node('out', 'Mean', ['c', 'places']),
      ],
    ],
    [
      'flattening in the order of channels last',
      [
        node('c', 'Conv2D', ['x', 'k'], steps(1, 'VALID')),
        node('p', 'Pad', ['c', 'pads']),
        node('v', 'MaxPool', ['p'], { ksize: ints(1, 1, 1, 1), ...steps(1, 'VALID') }),
        node('cut', 'StridedSlice', ['v', 'begin', 'end', 'stride'], {
          begin_mask: { i: '1' },
          end_mask: { i: '13' },
        }),
        node('again', 'ConcatV2', ['cut', 'cut', 'axis']),
        node('f', 'Reshape', ['again', 'flat']),
        node('out', 'MatMul', ['f', 'wide']),
      ],
    ],
    [
      'arithmetic with constants a channel',
      [
        node('c', 'Conv2D', ['x', 'k'], steps(1, 'SAME')),
        node('m', 'Mul', ['b', 'c']),
        node('a', 'AddV2', ['m', 'mean']),
        node('n', 'Sub', ['one', 'a']),
        node('q', 'RealDiv', ['n', 'variance']),
        node('t', 'Tanh', ['q']),
        node('e', 'Mul', ['t', 'a']),
        node('out', 'Mean', ['e', 'places']),
      ],
    ],
    [
      'maxima, minima, Relu6 in parts, HardSwish in parts',
      [
        node('c', 'Conv2D', ['x', 'k'], steps(1, 'SAME')),
        node('h', 'Minimum', ['c', 'one']),
        node('l', 'Maximum', ['h', 'c']),
        node('s6', 'AddV2', ['l', 'one']),
        node('r', 'Relu6', ['s6']),
        node('g', 'Mul', ['r', 'l']),
        node('out', 'Mean', ['g', 'places']),
      ],
    ],
    [
      'batch normalisation that was not folded',
      [
        node('c', 'Conv2D', ['x', 'k'], steps(1, 'SAME')),
        node('n', 'FusedBatchNormV3', ['c', 'b', 'mean', 'mean', 'variance'], {
          ...NHWC,
          epsilon: { f: 0.01 },
          is_training: { b: false },
        }),
        node('l', 'LeakyRelu', ['n:0'], { alpha: { f: 0.2 } }),
        node('w', 'Prelu', ['l', 'slopes']),
        node('i', 'Identity', ['w']),
        node('out', 'Mean', ['i', 'places']),
      ],
    ],
    [
      'local response normalisation',
      [
        node('c', 'Conv2D', ['x', 'k'], steps(1, 'SAME')),
        node('n', 'LRN', ['c'], {
          depth_radius: { i: '1' },
          bias: { f: 1.5 },
          alpha: { f: 0.3 },
          beta: { f: 0.75 },
        }),
        node('out', 'Mean', ['n', 'places']),
      ],
    ],
    [
      'one factor a channel that is computed',
      [
        node('c', 'Conv2D', ['x', 'k'], steps(1, 'SAME')),
        node('g', 'Mean', ['c', 'places'], keep),
        node('gate', 'Sigmoid', ['g']),
        node('m', 'Mul', ['c', 'gate']),
        node('p', 'Max', ['m', 'places'], keep),
        node('out', 'Squeeze', ['p'], { squeeze_dims: ints(1, 2) }),
      ],
    ],
    [
      'nodes in any order, control inputs',
      [
        node('out', 'Mean', ['r', 'places', '^c']),
        node('r', 'Relu', ['c:0']),
        node('c', 'Conv2D', ['x', 'k', '^x'], steps(1, 'SAME')),
      ],
    ],
    [
      'splits',
      [
        node('c', 'Conv2D', ['x', 'k'], steps(1, 'SAME')),
        node('parts', 'Split', ['axis', 'c'], { num_split: { i: '2' } }),
        node('sum', 'Sub', ['parts:1', 'parts']),
        node('out', 'Mean', ['sum', 'places']),
      ],
    ],
  ])('%s', async (_, nodes) => {
    await expectSameAsTfjs(file(nodes));
  });

  it('what is flattened stays in the order of channels first', async () => {
    const network = await expectSameAsTfjs(
      file([
        node('c', 'Conv2D', ['x', 'k'], steps(2, 'VALID')),
        node('r', 'Relu', ['c']),
        node('f', 'Reshape', ['r', 'flat24']),
        node('out', 'MatMul', ['f', 'narrow']),
      ]),
    );
    expect(network.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'Relu', 'Reshape', 'Gemm']);
  });

  it('several outputs: one must be named; names of the signature and of nodes do', async () => {
    const nodes = [
      node('c', 'Conv2D', ['x', 'k'], steps(1, 'SAME')),
      node('a', 'Mean', ['c', 'places']),
      node('b2', 'Max', ['c', 'places']),
    ];
    const model = graphModel([6, 7, 3], nodes, used(nodes));
    const outputs = { age: { name: 'a:0' }, mood: { name: 'b2:0' } };
    const path = write({ ...model, json: { ...model.json, signature: { outputs } } });
    await expect(loadNetwork({ weights: path })).rejects.toThrow(
      "outputs (model.json): expected exactly one (or the name of the classifier's as 'output'), got 'age', 'mood'",
    );
    for (const output of ['age', 'a']) {
      expect((await loadNetwork({ weights: path, output })).graph.nodes.map(({ op }) => op)).toEqual([
        'Conv',
        'AveragePool',
        'Reshape',
      ]);
    }
    await expect(loadNetwork({ weights: path, output: 'moods' })).rejects.toThrow("did you mean 'mood'?");
  });
});
