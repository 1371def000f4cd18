import type { Engine } from '../engine/engine.js';
import { GraphBuilder } from '../graph/builder.js';
import { type Attribute, BATCH } from '../graph/graph.js';
import { floatTensor, sizeOf } from '../graph/tensor.js';
import { randomStream } from '../random.js';

/** A large piece of work that an engine does as fast as it can do anything. */
export interface PeakWork {
  readonly multiplyAdds: number;
  run(): Promise<unknown>;
  release(): Promise<void>;
}

/** A product of large square matrices. */
export function matrixProduct(engine: Engine): Promise<PeakWork> {
  const side = 1536;
  return load(engine, 'Gemm', [side, side], [side, side], {}, side ** 3);
}

/** A convolution of many channels, a matrix product too, for which engines have kernels of their own. */
export function largeConvolution(engine: Engine): Promise<PeakWork> {
  const [channels, side, kernel] = [512, 28, 3];
  const attributes = {
    kernel_shape: [kernel, kernel],
    strides: [1, 1],
    pads: [1, 1, 1, 1],
    dilations: [1, 1],
    group: 1,
  };
  const multiplyAdds = (channels * kernel * side) ** 2;
  const weights = [channels, channels, kernel, kernel];
  return load(engine, 'Conv', [1, channels, side, side], weights, attributes, multiplyAdds);
}

async function load(
  engine: Engine,
  op: string,
  shape: readonly number[],
  weights: readonly number[],
  attributes: Readonly<Record<string, Attribute>>,
  multiplyAdds: number,
): Promise<PeakWork> {
  const numbers = (dims: readonly number[]) =>
    floatTensor(dims, randomStream('peak').uniforms(sizeOf(dims), -1, 1));
  const builder = new GraphBuilder('peak');
  const x = builder.input({ name: 'x', type: 'float32', shape: [BATCH, ...shape.slice(1)] });
  const result = builder.add(op, [x, builder.constant(() => numbers(weights), 'weights')], attributes);
  const session = await engine.load(builder.build([result]));
  const feeds = { x: numbers(shape) };
  return { multiplyAdds, run: () => session.run(feeds), release: () => session.release() };
}
