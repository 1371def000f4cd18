import { unreadEnds, windowGeometry } from '../../graph/geometry.js';
import { inputOf, type Node, outputOf } from '../../graph/graph.js';
import { floatTensor, sizeOf } from '../../graph/tensor.js';
import type { SimpleRule } from '../rules.js';
import { type Propagate, type Scope, shapeOf } from '../scope.js';
import { stabilised } from './stabilise.js';

/** Average pooling: the derivative. */
export const averagePoolGradient: Propagate = (scope, node, { map }) => [
  { input: inputOf(node), map: spread(scope, node, map), support: 'anywhere' },
];

/** Average pooling: each window's relevance in proportion to the numbers in it; of nothing but zeros, evenly on request. */
export const averagePoolProportional: Propagate = (scope, node, { map, support }, rule) => {
  const { calc, builder } = scope;
  const { stabiliser, zeros } = rule as Proportional;
  const input = inputOf(node);
  const shared = (relevance: string) => {
    const fraction = calc.div(relevance, stabilised(scope, outputOf(node), stabiliser, support));
    return calc.mul(input, spread(scope, node, fraction));
  };
  if (zeros !== 'spread') return [{ input, map: shared(map), support: 'nonzero' }];
  const sizes = builder.add('AveragePool', [calc.abs(input)], node.attributes);
  const empty = calc.less(sizes, EMPTY);
  const even = spread(scope, node, calc.where(empty, map, 0));
  return [{ input, map: calc.add(shared(calc.where(empty, 0, map)), even), support: 'anywhere' }];
};

/** The mean of |x| below which a window counts as nothing but zeros: those that float32 makes of tiny numbers are not the same everywhere. */
const EMPTY = 1e-12;

type Proportional = Extract<SimpleRule, { kind: 'proportional' }>;

/** The transpose of an average pool: every element gets s / kernel size from each window that it lies in. */
function spread(scope: Scope, node: Node, s: string): string {
  const { builder, calc } = scope;
  const [, ...dims] = shapeOf(scope, inputOf(node));
  const [channels = 0, ...spatial] = dims;
  const geometry = windowGeometry(node, spatial);
  const { kernel, strides, padsBegin, padsEnd, output } = geometry;
  if (output.every((count) => count === 1) && [...padsBegin, ...padsEnd].every((pad) => pad === 0)) {
    return calc.mul(s, windowWeights(scope, [1, 1, ...spatial], kernel));
  }
  const alone = builder.add('Reshape', [s, builder.ints([-1, 1, ...output])]);
  const attributes = {
    kernel_shape: kernel,
    strides,
    pads: [...padsBegin, ...padsEnd],
    output_padding: unreadEnds(geometry),
  };
  const weights = windowWeights(scope, [1, 1, ...kernel], kernel);
  const back = builder.add('ConvTranspose', [alone, weights], attributes, `${node.name}/transposed`);
  return builder.add('Reshape', [back, builder.ints([-1, channels, ...spatial])]);
}

/** 1 / kernel size for each tap; zero for taps of `shape` outside the kernel. */
function windowWeights({ builder }: Scope, shape: readonly number[], kernel: readonly number[]): string {
  return builder.constant(() => {
    const data = new Float32Array(sizeOf(shape));
    const [height = 1, width = 1] = kernel.length === 2 ? kernel : [1, ...kernel];
    const rowLength = shape.at(-1) as number;
    for (let y = 0; y < height; y++) data.fill(1 / (height * width), y * rowLength, y * rowLength + width);
    return floatTensor(shape, data);
  }, `window:${kernel}/${shape}`);
}
