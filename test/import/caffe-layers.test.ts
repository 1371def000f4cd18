import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowGeometry } from '../../src/graph/geometry.js';
import { type Blob, caffemodelBytes, input, loadCaffe } from './caffe-file.js';
import { logitsOf, noise } from './support.js';

/** A layer with one bottom and a top of its own. */
function layer(name: string, type: string, bottoms: string, parameters = '', tops = name): string {
  const list = (field: string, names: string) =>
    names
      .split(' ')
      .filter(Boolean)
      .map((value) => `${field}: "${value}"`)
      .join(' ');
  return `layer { name: "${name}" type: "${type}" ${list('bottom', bottoms)} ${list('top', tops)} ${parameters} }\n`;
}

const flat = (bottom: string) => layer('out', 'Flatten', bottom);

async function run(
  prototxt: string,
  values: number[],
  layers: Record<string, Blob[]> = {},
): Promise<number[]> {
  const anything = { unused: [{ dims: [1], data: [1] }], ...layers };
  const network = await loadCaffe(prototxt, anything);
  return Array.from(await logitsOf(network.graph, Float32Array.from(values)));
}

/** Caffe's pooling on one channel, after pooling_layer.cpp. */
function poolAsCaffe(
  values: ArrayLike<number>,
  [height, width]: [number, number],
  { kernel, stride, pad, average }: { kernel: number; stride: number; pad: number; average: boolean },
): number[] {
  const count = (size: number) => {
    let pooled = Math.ceil((size + 2 * pad - kernel) / stride) + 1;
    if (pad > 0 && (pooled - 1) * stride >= size + pad) pooled--;
    return pooled;
  };
  const result: number[] = [];
  for (let ph = 0; ph < count(height); ph++) {
    for (let pw = 0; pw < count(width); pw++) {
      const [hstart, wstart] = [ph * stride - pad, pw * stride - pad];
      const [hend, wend] = [Math.min(hstart + kernel, height + pad), Math.min(wstart + kernel, width + pad)];
      const poolSize = (hend - hstart) * (wend - wstart);
      let [sum, maximum] = [0, Number.NEGATIVE_INFINITY];
      for (let h = Math.max(hstart, 0); h < Math.min(hend, height); h++) {
        for (let w = Math.max(wstart, 0); w < Math.min(wend, width); w++) {
          sum += values[h * width + w] as number;
          maximum = Math.max(maximum, values[h * width + w] as number);
        }
      }
      result.push(average ? sum / poolSize : maximum);
    }
  }
  return result;
}

describe("Caffe's pooling", () => {
  it('rounds the number of windows up and drops one that starts in the right padding (by hand)', async () => {
    // 5 columns, kernel 2, stride 2: windows at 0, 2 and 4; the last one holds a single column
    const pool = (method: string) => `pooling_param { pool: ${method} kernel_h: 1 kernel_w: 2 stride: 2 }`;
    const row = input(1, 1, 5);
    expect(await run(row + layer('p', 'Pooling', 'data', pool('MAX')) + flat('p'), [1, 3, 2, 0, -4])).toEqual(
      [3, 2, -4],
    );
    expect(await run(row + layer('p', 'Pooling', 'data', pool('AVE')) + flat('p'), [1, 3, 2, 0, -4])).toEqual(
      [2, 1, -4],
    );
    // 3 x 3, kernel 2, stride 2, pad 1: windows start at -1 and 1 (one at 3 would start in the padding: dropped)
    const padded = (method: string) => `pooling_param { pool: ${method} kernel_size: 2 stride: 2 pad: 1 }`;
    const square = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(
      await run(input(1, 3, 3) + layer('p', 'Pooling', 'data', padded('MAX')) + flat('p'), square),
    ).toEqual([1, 3, 7, 9]);
    expect(
      await run(input(1, 3, 3) + layer('p', 'Pooling', 'data', padded('AVE')) + flat('p'), square),
    ).toEqual([1 / 4, (2 + 3) / 4, (4 + 7) / 4, (5 + 6 + 8 + 9) / 4]);
  });

  it('divides an average by the window within input and padding (by hand)', async () => {
    // 4 x 4, kernel 3, stride 2, pad 1: windows start at -1, 1 and 3; the last ends at 4 + 1, so it counts 2 positions
    const pool = 'pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }';
    const ones = Array<number>(16).fill(1);
    const got = await run(input(1, 4, 4) + layer('p', 'Pooling', 'data', pool) + flat('p'), ones);
    const expected = [4 / 9, 6 / 9, 2 / 6, 6 / 9, 9 / 9, 3 / 6, 2 / 6, 3 / 6, 1 / 4];
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 6);
  });

  it('computes what pooling_layer.cpp computes, whatever the geometry', async () => {
    const cases = fc.record({
      height: fc.integer({ min: 3, max: 9 }),
      width: fc.integer({ min: 3, max: 9 }),
      kernel: fc.integer({ min: 1, max: 4 }),
      stride: fc.integer({ min: 1, max: 4 }),
      pad: fc.integer({ min: 0, max: 3 }),
      average: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ height, width, ...pool }) => {
        fc.pre(
          pool.pad < pool.kernel && pool.kernel <= Math.min(height, width) && pool.stride <= pool.kernel,
        );
        const parameters = `pooling_param { pool: ${pool.average ? 'AVE' : 'MAX'} kernel_size: ${pool.kernel} stride: ${pool.stride} pad: ${pool.pad} }`;
        const values = noise(height * width);
        const got = await run(
          input(1, height, width) + layer('p', 'Pooling', 'data', parameters) + flat('p'),
          [...values],
        );
        const expected = poolAsCaffe(values, [height, width], pool);
        expect(got.length).toBe(expected.length);
        for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 5);
      }),
      { seed: 7, numRuns: 150 },
    );
  });

  it('pools globally, and rounds down when asked to', async () => {
    const whole = layer(
      'p',
      'Pooling',
      'data',
      'pooling_param { pool: AVE global_pooling: true stride: 1 pad: 0 }',
    );
    expect(await run(input(2, 1, 2) + whole, [1, 3, 5, 8])).toEqual([2, 6.5]);
    for (const down of ['round_mode: FLOOR', 'round_mode: 1', 'ceil_mode: false', 'round_below: true']) {
      const floor = layer('p', 'Pooling', 'data', `pooling_param { kernel_size: 2 stride: 2 ${down} }`);
      expect(await run(input(1, 3, 3) + floor + flat('p'), [1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([5]);
    }
    const up = layer('p', 'Pooling', 'data', 'pooling_param { kernel_size: 2 stride: 2 ceil_mode: true }');
    expect(await run(input(1, 3, 3) + up + flat('p'), [1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual([5, 6, 8, 9]);
  });

  it('takes one side of a window alone: the other one has its default', async () => {
    const pool = layer(
      'p',
      'Pooling',
      'data',
      'pooling_param { pool: AVE kernel_h: 1 kernel_w: 2 pad_w: 1 stride_w: 2 }',
    );
    expect(await run(input(1, 1, 4) + pool + flat('p'), [2, 4, 6, 8])).toEqual([1, 5, 4]);
  });
});

describe('layers of Caffe, by hand', () => {
  const two = input(2, 1, 2);
  const values = [1, -2, 3, 4];

  it('BatchNorm divides its sums by their count, Scale multiplies and shifts; both merge into the convolution', async () => {
    const prototxt =
      two +
      layer('conv', 'Convolution', 'data', 'convolution_param { num_output: 2 kernel_size: 1 group: 2 }') +
      layer('bn', 'BatchNorm', 'conv', 'batch_norm_param { eps: 0.5 }', 'conv') +
      layer('scale', 'Scale', 'conv', 'scale_param { bias_term: true }', 'conv') +
      flat('conv');
    const layers = {
      conv: [
        { dims: [2, 1, 1, 1], data: [1, 2] },
        { dims: [2], data: [1, 0] },
      ],
      bn: [
        { dims: [2], data: [2, 4] },
        { dims: [2], data: [7, 15] },
        { dims: [1], data: [2] },
      ],
      scale: [
        { dims: [2], data: [4, 2] },
        { dims: [2], data: [0.5, -1] },
      ],
    };
    // channel 0: (x + 1 - 1) / sqrt(3.5 + 0.5) * 4 + 0.5; channel 1: (2 x - 2) / sqrt(7.5 + 0.5) * 2 - 1
    const root = Math.sqrt(8);
    const expected = [2.5, -3.5, (4 / root) * 2 - 1, (6 / root) * 2 - 1];
    const got = await run(prototxt, values, layers);
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 6);
    const network = await loadCaffe(prototxt, layers);
    expect(network.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'Reshape']);
  });

  it('a BatchNorm whose count is 0 has mean and variance 0', async () => {
    const prototxt = two + layer('bn', 'BatchNorm', 'data', 'batch_norm_param { eps: 4 }') + flat('bn');
    const bn = [
      { dims: [2], data: [2, 4] },
      { dims: [2], data: [7, 15] },
      { dims: [1], data: [0] },
    ];
    expect(await run(prototxt, values, { bn })).toEqual([0.5, -1, 1.5, 2]);
  });

  it.each(['', 'bias_term: false', 'bias_term: false num_axes: 1'])(
    'Scale by a second bottom gates channels (%s)',
    async (fields) => {
      const prototxt =
        two +
        layer('mean', 'Pooling', 'data', 'pooling_param { pool: AVE global_pooling: true }') +
        layer('flat', 'Flatten', 'mean') +
        layer('gate', 'Scale', 'data flat', `scale_param { axis: 0 ${fields} }`) +
        flat('gate');
      expect(await run(prototxt, values)).toEqual([-0.5, 1, 10.5, 14]);
    },
  );

  it("Axpy gates channels and adds: squeeze and excitation in the words of its authors' fork", async () => {
    const prototxt =
      two +
      layer('mean', 'Pooling', 'data', 'pooling_param { pool: AVE global_pooling: true }') +
      layer('relu', 'ReLU', 'data') +
      layer('axpy', 'Axpy', 'mean data relu') +
      flat('axpy');
    expect(await run(prototxt, values)).toEqual([0.5, 1, 13.5, 18]);
    await expect(run(two + layer('axpy', 'Axpy', 'data data') + flat('axpy'), values)).rejects.toThrow(
      /Axpy \(without three bottoms\) at 'axpy'/,
    );
  });

  it('PReLU has a slope for each channel, or one for all', async () => {
    const prelu = (fields = '') => two + layer('p', 'PReLU', 'data', fields) + flat('p');
    expect(await run(prelu(), [1, -2, -3, 4], { p: [{ dims: [2], data: [0.5, -1] }] })).toEqual([
      1, -1, 3, 4,
    ]);
    const shared = prelu('prelu_param { channel_shared: true filler { value: 0.25 } }');
    expect(await run(shared, [1, -2, -3, 4], { p: [{ dims: [1], data: [0.5] }] })).toEqual([1, -1, -1.5, 4]);
  });

  it('a convolution with holes, and a depthwise one, under the names of forks', async () => {
    const holes = layer(
      'c',
      'Convolution',
      'data',
      'convolution_param { num_output: 1 kernel_h: 1 kernel_w: 2 hole_w: 2 bias_term: false engine: CAFFE cudnn_math_override: 0 }',
    );
    const row = input(1, 1, 4);
    expect(
      await run(row + holes + flat('c'), [1, 2, 3, 4], { c: [{ dims: [1, 1, 1, 2], data: [1, 10] }] }),
    ).toEqual([31, 42]);
    const depthwise = layer(
      'c',
      'DepthwiseConvolution',
      'data',
      'convolution_param { num_output: 2 group: 2 kernel_size: 1 bias_term: false }',
    );
    expect(
      await run(two + depthwise + flat('c'), values, { c: [{ dims: [2, 1, 1, 1], data: [2, -1] }] }),
    ).toEqual([2, -4, -3, -4]);
  });

  it('Eltwise sums with coefficients, multiplies and takes maxima', async () => {
    const of = (parameters: string) =>
      two +
      layer('relu', 'ReLU', 'data') +
      layer('e', 'Eltwise', 'data relu data', `eltwise_param { ${parameters} }`) +
      flat('e');
    expect(await run(of(''), values)).toEqual([3, -4, 9, 12]);
    expect(await run(of('operation: SUM coeff: 1 coeff: -2 coeff: 0.5'), values)).toEqual([
      -0.5, -3, -1.5, -2,
    ]);
    expect(await run(of('operation: PROD'), values)).toEqual([1, 0, 27, 64]);
    expect(await run(of('operation: MAX'), values)).toEqual([1, 0, 3, 4]);
  });

  it('Slice, Concat, Power, Sigmoid, TanH, ELU, leaky ReLU and Reshape', async () => {
    const cut = two + layer('s', 'Slice', 'data', 'slice_param { slice_point: 1 }', 'a b');
    expect(await run(`${cut + layer('c', 'Concat', 'b a')}${flat('c')}`, values)).toEqual([3, 4, 1, -2]);
    const wide =
      layer('c', 'Concat', 'b a', 'concat_param { axis: 3 }') +
      layer('r', 'Reshape', 'c', 'reshape_param { shape { dim: 0 dim: 2 dim: -1 } }');
    expect(await run(`${cut + wide}${flat('r')}`, values)).toEqual([3, 4, 1, -2]);
    const one = async (type: string, parameters = '') =>
      run(two + layer('x', type, 'data', parameters) + flat('x'), values);
    expect(await one('Power', 'power_param { scale: 2 shift: -1 }')).toEqual([1, -5, 5, 7]);
    expect(await one('ReLU', 'relu_param { negative_slope: 0.25 }')).toEqual([1, -0.5, 3, 4]);
    expect((await one('Sigmoid'))[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    expect((await one('TanH'))[1]).toBeCloseTo(Math.tanh(-2), 6);
    expect((await one('ELU', 'elu_param { alpha: 0.5 }'))[1]).toBeCloseTo(0.5 * Math.expm1(-2), 6);
  });

  it('LRN divides by (k + alpha / n sum of squares) ^ beta across channels', async () => {
    const lrn = 'lrn_param { local_size: 3 alpha: 3 beta: 0.5 k: 2 }';
    const got = await run(input(3, 1, 1) + layer('n', 'LRN', 'data', lrn) + flat('n'), [1, 2, 3]);
    const expected = [1 / Math.sqrt(2 + 5), 2 / Math.sqrt(2 + 14), 3 / Math.sqrt(2 + 13)];
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 6);
  });

  it('ShuffleChannel takes the channels of the groups in turn', async () => {
    const shuffle = layer('s', 'ShuffleChannel', 'data', 'shuffle_channel_param { group: 2 }');
    expect(await run(input(6, 1, 1) + shuffle + flat('s'), [0, 1, 2, 3, 4, 5])).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it.each([
    ['a second bottom of a ReLU', layer('x', 'ReLU', 'data data'), '1, as many as ReLU takes, got 2'],
    [
      'a third bottom of a Scale',
      layer('x', 'Scale', 'data data data', 'scale_param { axis: 0 }'),
      '2, as many',
    ],
    ['a second top of a ReLU', layer('x', 'ReLU', 'data', '', 'x y'), '1, as many as ReLU makes, got 2'],
    [
      'half an output',
      layer('x', 'Convolution', 'data', 'convolution_param { num_output: 1.5 kernel_size: 1 }'),
      "an integer, got '1.5'",
    ],
  ])('%s is refused', async (_, definition, said) => {
    await expect(run(two + definition + flat('x'), values)).rejects.toThrow(`expected ${said}`);
  });

  it('windows take one number, one an axis, or names for height and width', async () => {
    const window = async (parameters: string) => {
      const network = await loadCaffe(
        input(1, 9, 9) +
          layer('c', 'Convolution', 'data', `convolution_param { num_output: 1 ${parameters} }`) +
          flat('c'),
      );
      const node = network.graph.nodes[0];
      return node && windowGeometry(node, [9, 9]);
    };
    expect(await window('kernel_size: 3 stride: 2 pad: 1 dilation: 2')).toMatchObject({
      kernel: [3, 3],
      strides: [2, 2],
      padsBegin: [1, 1],
      padsEnd: [1, 1],
      dilations: [2, 2],
      output: [4, 4],
    });
    expect(await window('kernel_size: 3 kernel_size: 1 pad: 0 pad: 2')).toMatchObject({
      kernel: [3, 1],
      padsEnd: [0, 2],
    });
    expect(await window('kernel_h: 1 kernel_w: 5 stride_h: 2 stride_w: 3')).toMatchObject({
      kernel: [1, 5],
      strides: [2, 3],
    });
  });
});

describe('weights', () => {
  const prototxt =
    input(1, 1, 2) + layer('fc', 'InnerProduct', 'data', 'inner_product_param { num_output: 3 }');
  const fc3 = {
    fc: [
      { dims: [3, 2], data: [1, 2, 3, 4, 5, 6] },
      { dims: [3], data: [0.5, 0, -1] },
    ],
  };

  it.each(['v1', 'new', 'double'] as const)('are read from the %s format', async (format) => {
    const network = await loadCaffe(prototxt, caffemodelBytes(fc3, format));
    expect([...(await logitsOf(network.graph, Float32Array.of(1, -1)))]).toEqual([-0.5, -1, -2]);
  });

  it('are the same for the same seed, and of variance 2 / fan-in', async () => {
    const wide =
      input(400, 1, 1) + layer('fc', 'InnerProduct', 'data', 'inner_product_param { num_output: 50 }');
    const load = async (randomWeights: number) => {
      const { graph } = await loadCaffe(wide, undefined, { randomWeights });
      return graph.constants.get('fc.weight')?.data as Float32Array;
    };
    const [one, same, other] = [await load(1), await load(1), await load(2)];
    expect(one).toEqual(same);
    expect(one).not.toEqual(other);
    const variance = one.reduce((sum, w) => sum + w * w, 0) / one.length;
    expect(variance).toBeCloseTo(2 / 400, 4);
  });
});
