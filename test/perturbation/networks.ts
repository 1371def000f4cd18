import { GraphBuilder } from '../../src/graph/builder.js';
import { type Attribute, BATCH, type Node, type Shape } from '../../src/graph/graph.js';
import { traitsOf } from '../../src/graph/operators/table.js';
import { floatTensor, sizeOf, type Tensor } from '../../src/graph/tensor.js';
import type { PerturbedNetwork } from '../../src/perturbation/perturber.js';
import { randomStream } from '../../src/random.js';

type Window = { kernel?: number; stride?: number; pads?: number[]; dilation?: number; group?: number };

/** Writes canonical networks with seeded random weights, a line a layer. */
export class NetworkWriter {
  readonly #builder: GraphBuilder;
  readonly #constants = new Map<string, Tensor>();
  readonly #shapes = new Map<string, Shape>();
  readonly input = 'input';

  constructor(
    readonly seed: number,
    readonly inputShape: readonly number[],
  ) {
    this.#builder = new GraphBuilder('network');
    this.#builder.input({ name: 'input', type: 'float32', shape: [BATCH, ...inputShape] });
    this.#shapes.set('input', [BATCH, ...inputShape]);
  }

  shape(value: string): Shape {
    return this.#shapes.get(value) ?? (this.#constants.get(value)?.dims as Shape);
  }

  channels(value: string): number {
    return this.shape(value)[1] as number;
  }

  op(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = this.#builder.add(op, inputs, attributes);
    const node: Node = { op, name: output, inputs, outputs: [output], attributes };
    const context = {
      shape: (value: string) => this.shape(value),
      constant: (value: string) => this.#constants.get(value),
    };
    this.#shapes.set(output, traitsOf(node).shape(node, context));
    return output;
  }

  constant(tensor: Tensor): string {
    const name = this.#builder.store(tensor, 'constant');
    this.#constants.set(name, tensor);
    return name;
  }

  /** A random constant with the given standard deviation. */
  weights(dims: readonly number[], deviation: number): string {
    const numbers = randomStream(this.seed, 'weights', this.#constants.size).normals(sizeOf(dims));
    return this.constant(
      floatTensor(
        dims,
        numbers.map((x) => x * deviation),
      ),
    );
  }

  ints(values: readonly number[]): string {
    return this.constant({ type: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) });
  }

  conv(x: string, filters: number, window: Window = {}): string {
    const { group = 1 } = window;
    const attributes = { ...this.#window(x, window), group };
    const fanIn = this.channels(x) / group;
    const kernel = attributes.kernel_shape;
    const weights = this.weights([filters, fanIn, ...kernel], Math.sqrt(2 / (fanIn * sizeOf(kernel))));
    return this.op('Conv', [x, weights, this.weights([filters], 0.1)], attributes);
  }

  convRelu(x: string, filters: number, window: Window = {}): string {
    return this.op('Relu', [this.conv(x, filters, window)]);
  }

  maxPool(x: string, window: Window): string {
    return this.op('MaxPool', [x], { ...this.#window(x, window), ceil_mode: 0 });
  }

  averagePool(x: string, window: Window): string {
    const { dilations: _, ...attributes } = this.#window(x, window);
    return this.op('AveragePool', [x], { ...attributes, ceil_mode: 0, count_include_pad: 1 });
  }

  lrn(x: string): string {
    const constants = { alpha: { float: 0.5 }, beta: { float: 0.75 }, bias: { float: 1 } };
    return this.op('LRN', [x], { size: 5, ...constants, channels: this.channels(x) });
  }

  concat(values: readonly string[]): string {
    return this.op('Concat', values, { axis: 1 });
  }

  flatten(x: string): string {
    return this.op('Reshape', [x, this.ints([0, sizeOf(this.shape(x).slice(1))])]);
  }

  dense(x: string, outputs: number): string {
    const features = this.channels(x);
    const weights = this.weights([outputs, features], Math.sqrt(2 / features));
    return this.op('Gemm', [x, weights, this.weights([outputs], 0.1)], { transB: 1 });
  }

  globalAverage(x: string): string {
    const kernel = this.shape(x).slice(2);
    const ones = kernel.map(() => 1);
    const pads = kernel.flatMap(() => [0, 0]);
    return this.op('AveragePool', [x], {
      kernel_shape: kernel,
      strides: ones,
      pads,
      ceil_mode: 0,
      count_include_pad: 1,
    });
  }

  build(logits: string): PerturbedNetwork {
    return { graph: this.#builder.build([logits]), inputShape: this.inputShape };
  }

  #window(x: string, { kernel = 1, stride = 1, pads, dilation = 1 }: Window) {
    const spatial = this.shape(x).slice(2);
    const all = (value: number) => spatial.map(() => value);
    return {
      kernel_shape: all(kernel),
      strides: all(stride),
      pads: pads?.length === 2 * spatial.length ? pads : [...all(pads?.[0] ?? 0), ...all(pads?.[0] ?? 0)],
      dilations: all(dilation),
    };
  }
}

/** Convolutions, LRN, pooling with ceil mode's end pads, two dense layers. */
export function plain(
  seed: number,
  inputShape: readonly number[] = [3, 33, 30],
  classes = 5,
): PerturbedNetwork {
  const net = new NetworkWriter(seed, inputShape);
  const first = net.lrn(net.convRelu(net.input, 16, { kernel: 5, stride: 2, pads: [1] }));
  const pooled = net.maxPool(first, { kernel: 3, stride: 2, pads: [0, 0, 1, 1] });
  const second = net.convRelu(net.convRelu(pooled, 32, { kernel: 3, pads: [1], group: 2 }), 32, {
    kernel: 3,
    pads: [1],
  });
  const dense = net.op('Relu', [net.dense(net.flatten(second), 20)]);
  return net.build(net.dense(dense, classes));
}

/** Two inception modules with a pool between them, averaged over space. */
export function inception(seed: number, inputShape: readonly number[] = [3, 40, 44]): PerturbedNetwork {
  const net = new NetworkWriter(seed, inputShape);
  const module = (x: string) =>
    net.concat([
      net.convRelu(x, 16),
      net.convRelu(net.convRelu(x, 8), 16, { kernel: 3, pads: [1] }),
      net.convRelu(net.convRelu(x, 16), 16, { kernel: 5, pads: [2] }),
      net.convRelu(net.maxPool(x, { kernel: 3, pads: [1] }), 16),
    ]);
  const stem = net.convRelu(net.input, 16, { kernel: 7, stride: 2, pads: [3] });
  const deep = module(net.maxPool(module(stem), { kernel: 3, stride: 2, pads: [0, 0, 1, 1] }));
  return net.build(net.dense(net.flatten(net.globalAverage(deep)), 7));
}

/** Bottlenecks with identity and strided shortcuts. */
export function residual(seed: number, inputShape: readonly number[] = [3, 48, 48]): PerturbedNetwork {
  const net = new NetworkWriter(seed, inputShape);
  const block = (x: string, thin: number, filters: number, stride: number) => {
    const narrow = net.convRelu(net.convRelu(x, thin), thin, { kernel: 3, stride, pads: [1] });
    const wide = net.conv(narrow, filters);
    const same = stride === 1 && net.channels(x) === filters;
    return net.op('Relu', [net.op('Add', [wide, same ? x : net.conv(x, filters, { stride })])]);
  };
  let x = net.maxPool(net.convRelu(net.input, 16, { kernel: 7, stride: 2, pads: [3] }), {
    kernel: 3,
    stride: 2,
    pads: [1],
  });
  for (const stride of [1, 1, 2, 1]) x = block(x, 16, 32, stride);
  return net.build(net.dense(net.flatten(net.globalAverage(x)), 6));
}

/** A signal: windows instead of rectangles. */
export function signal(seed: number, inputShape: readonly number[] = [4, 90]): PerturbedNetwork {
  const net = new NetworkWriter(seed, inputShape);
  const a = net.convRelu(net.input, 16, { kernel: 5, pads: [2] });
  const b = net.convRelu(net.maxPool(a, { kernel: 2, stride: 2 }), 16, { kernel: 3, pads: [2], dilation: 2 });
  const c = net.op('Add', [b, net.convRelu(b, 16, { kernel: 3, pads: [1] })]);
  return net.build(net.dense(net.flatten(c), 4));
}

/** Features without space. */
export function perceptron(seed: number, features = 30): PerturbedNetwork {
  const net = new NetworkWriter(seed, [features]);
  return net.build(net.dense(net.op('Relu', [net.dense(net.input, 16)]), 3));
}

/** A network drawn from all the operators whose outputs depend on places: any window, branches, sums, slices, pads. */
export function randomNetwork(seed: number): PerturbedNetwork {
  const stream = randomStream(seed, 'network');
  let drawn = 0;
  const pick = (count: number) => stream.integer(drawn++, count);
  const oneOf = <T>(choices: readonly T[]): T => choices[pick(choices.length)] as T;
  const spatial = oneOf([[22 + pick(20), 22 + pick(20)], [50 + pick(40)]]);
  const net = new NetworkWriter(seed, [1 + pick(3), ...spatial]);
  const size = (x: string) => net.shape(x).slice(2);
  const filters = () => oneOf([4, 8, 16, 32]);
  const same = (kernel: number, dilation = 1) => ({
    kernel,
    dilation,
    pads: [((kernel - 1) / 2) * dilation],
  });
  const slice = (x: string, starts: number[], ends: readonly number[], axes: number[], steps: number[]) =>
    net.op('Slice', [x, ...[starts, ends, axes, steps].map((list) => net.ints(list))]);

  const layers: Record<string, (x: string) => string> = {
    conv: (x) => {
      const pads = spatial.flatMap(() => [pick(3), pick(3)]);
      return net.convRelu(x, filters(), { kernel: 1 + pick(5), stride: 1 + pick(2), pads });
    },
    dilated: (x) => net.convRelu(x, filters(), same(3, 2)),
    grouped: (x) => net.convRelu(x, 16, { ...same(3), group: net.channels(x) % 4 === 0 ? 4 : 1 }),
    depthwise: (x) => net.convRelu(x, net.channels(x), { ...same(3), group: net.channels(x) }),
    skipping: (x) => net.convRelu(x, filters(), { stride: 2 }),
    ceilPool: (x) =>
      net.maxPool(x, { kernel: 3, stride: 2, pads: spatial.length === 2 ? [0, 0, 1, 1] : [0, 1] }),
    overlappingPool: (x) => net.maxPool(x, { kernel: 2 + pick(2), pads: [1] }),
    averagePool: (x) => {
      const pooled = net.averagePool(x, { ...same(3), stride: 1 + pick(2) });
      return pick(2) ? pooled : net.op('Mul', [pooled, net.weights([1, 1, ...size(pooled)], 1)]);
    },
    normalised: (x) => (spatial.length === 2 ? net.lrn(x) : net.op('Tanh', [x])),
    scaledByPlace: (x) => net.op('Mul', [x, net.weights([1, 1, ...size(x)], 1)]),
    shiftedByChannel: (x) =>
      net.op('Add', [x, net.weights([1, net.channels(x), ...spatial.map(() => 1)], 1)]),
    residual: (x) => net.op('Add', [x, net.conv(x, net.channels(x), same(3))]),
    downsampled: (x) => {
      const branches = [net.conv(x, 8, { ...same(3), stride: 2 }), net.conv(x, 8, { stride: 2 })];
      return net.op(oneOf(['Add', 'Max', 'Sub', 'Mul']), pick(2) ? branches : branches.toReversed());
    },
    inception: (x) => net.concat([net.conv(x, 8), net.maxPool(x, same(3)), net.conv(x, 16, same(5))]),
    cropped: (x) => {
      const axes = spatial.map((_, i) => i + 2);
      return slice(
        x,
        axes.map(() => pick(2)),
        size(x),
        axes,
        axes.map(() => 1 + pick(2)),
      );
    },
    halved: (x) => slice(x, [0], [Math.ceil(net.channels(x) / 2)], [1], [1]),
    padded: (x) => {
      const pads = net.shape(x).map((_, axis) => (axis > 1 ? pick(3) : 0));
      return net.convRelu(net.op('Pad', [x, net.ints([...pads, ...pads])]), 8, { kernel: 2 });
    },
  };

  let x: string = net.input;
  for (let depth = 4 + pick(5); depth > 0 && Math.min(...size(x)) > 7; depth--)
    x = oneOf(Object.values(layers))(x);
  if (pick(2)) x = net.globalAverage(x);
  return net.build(net.dense(net.flatten(x), 5));
}
