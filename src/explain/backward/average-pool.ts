import { unreadEnds, type WindowGeometry, windowGeometry } from '../../graph/geometry.js';
import { inputOf, intOf, type Node, outputOf } from '../../graph/graph.js';
import { floatTensor, sizeOf } from '../../graph/tensor.js';
import type { Stabilised } from '../rules.js';
import { type Propagate, type Scope, shapeOf } from '../scope.js';
import { stabilised } from './stabilise.js';

/** Average pooling: the derivative. */
export const averagePoolGradient: Propagate = (scope, node, { map }) => [
  { input: inputOf(node), map: spread(scope, node, map), support: 'anywhere' },
];

/** Average pooling: each window's relevance in proportion to the numbers in it. */
export const averagePoolProportional: Propagate = (scope, node, { map, support }, rule) => {
  const { calc } = scope;
  const fraction = calc.div(map, stabilised(scope, outputOf(node), (rule as Stabilised).stabiliser, support));
  const input = inputOf(node);
  return [{ input, map: calc.mul(input, spread(scope, node, fraction)), support: 'nonzero' }];
};

/** The transpose of an average pool: every element gets s / count from each window that it lies in. */
function spread(scope: Scope, node: Node, s: string): string {
  const { builder, calc } = scope;
  const [, ...dims] = shapeOf(scope, inputOf(node));
  const [channels = 0, ...spatial] = dims;
  const geometry = windowGeometry(node, spatial);
  const { kernel, strides, padsBegin, padsEnd, output } = geometry;
  if (output.every((count) => count === 1) && [...padsBegin, ...padsEnd].every((pad) => pad === 0)) {
    return calc.mul(s, windowWeights(scope, [1, 1, ...spatial], kernel));
  }
  const shares = intOf(node, 'count_include_pad', 0) === 1 ? s : calc.mul(s, validRatio(scope, geometry));
  const alone = builder.add('Reshape', [shares, builder.ints([-1, 1, ...output])]);
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

/** Kernel size divided by the number of elements that each window really holds: [1, 1, output...]. */
function validRatio(
  { builder }: Scope,
  { kernel, strides, padsBegin, input, output }: WindowGeometry,
): string {
  const held = output.map((count, axis) =>
    Array.from({ length: count }, (_, o) => {
      const start = o * (strides[axis] as number) - (padsBegin[axis] as number);
      return Math.min(start + (kernel[axis] as number), input[axis] as number) - Math.max(start, 0);
    }),
  );
  const counts = held.reduce((rows, axis) => rows.flatMap((row) => axis.map((n) => row * n)), [1]);
  const data = counts.map((count) => sizeOf(kernel) / count);
  return builder.constant(
    floatTensor([1, 1, ...output], data),
    `ratio:${kernel}/${strides}/${padsBegin}/${input}/${output}`,
  );
}
