import { type FloatTensor, floatTensor, sizeOf } from '../../../graph/tensor.js';
import { addBatchNorm } from '../../canonical/arithmetic.js';
import { addReshape, addTranspose } from '../../canonical/layout.js';
import { addConv } from '../../canonical/windows.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { Unsupported } from '../../unsupported.js';
import { networkAxis } from '../batch-axis.js';
import type { OnnxNode } from '../node.js';
import { computed, type OperatorTable } from './table.js';
import { checkRank, windowOf } from './windows.js';

/** Layers with weights. */
export const LINEAR: OperatorTable = {
  Conv: (node, writer) => {
    const x = node.value();
    const weight = node.required(1);
    const spatial = checkRank(writer, x);
    const window = windowOf(node, spatial, weight.dims.slice(2));
    const group = node.int('group', 1);
    return computed(addConv(writer, x, weight, node.weights(2), { ...window, group }, node.name));
  },

  Gemm: (node, writer) => {
    if (node.int('transA', 0) !== 0) throw new Unsupported('with its input transposed');
    const alpha = node.float('alpha', 1);
    const beta = node.float('beta', 1);
    const given = node.required(1);
    const rows = node.int('transB', 0) === 1 ? given : transposed(given);
    const weight =
      alpha === 1
        ? rows
        : floatTensor(
            rows.dims,
            rows.data.map((w) => w * alpha),
          );
    const bias = node.weights(2);
    return computed(addGemm(writer, node, weight, bias && biasOf(bias, weight.dims[0] as number, beta)));
  },

  MatMul: (node, writer) => {
    const weight = transposed(node.required(1));
    const { value, batch } = node.computed();
    const rank = writer.shape(value).length;
    if (rank === 2) return computed(addGemm(writer, node, weight, undefined));
    networkAxis(-1, rank, batch);
    return computed(addDense(writer, value, weight, node.name), batch);
  },

  BatchNormalization: (node, writer) => {
    if (node.int('training_mode', 0) !== 0) throw new Unsupported('in training mode');
    if (node.int('spatial', 1) !== 1) throw new Unsupported('over single positions');
    const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => node.required(index)) as [
      FloatTensor,
      FloatTensor,
      FloatTensor,
      FloatTensor,
    ];
    const epsilon = node.float('epsilon', 1e-5);
    return computed(addBatchNorm(writer, node.value(), { scale, shift, mean, variance, epsilon }, node.name));
  },
};

function addGemm(
  writer: NetworkWriter,
  node: OnnxNode,
  weight: FloatTensor,
  bias: FloatTensor | undefined,
): string {
  const inputs = [node.value(), writer.weights(weight, `${node.name}.weight`)];
  if (bias) inputs.push(writer.weights(bias, `${node.name}.bias`));
  return writer.add('Gemm', inputs, { transB: 1 }, node.name);
}

/** A dense layer over the last axis, at every place of the others: a convolution of single places, features first. */
function addDense(writer: NetworkWriter, x: string, { dims, data }: FloatTensor, name: string): string {
  const [outputs = 0, features = 0] = dims;
  const places = writer.sample(x).slice(0, -1);
  const rows = addReshape(writer, x, [sizeOf(places), features], `${name}.places`);
  const turned = addTranspose(writer, rows, [0, 2, 1], `${name}.features`);
  const weight = floatTensor([outputs, features, 1], data);
  const window = { kernel: [1], strides: [1], pads: [0, 0], dilations: [1], group: 1 };
  const conv = addConv(writer, turned, weight, undefined, window, name);
  return addReshape(
    writer,
    addTranspose(writer, conv, [0, 2, 1], `${name}.last`),
    [...places, outputs],
    name,
  );
}
const TILE = 32;

/** [in, out] weights as [out, in]. */
function transposed({ dims, data }: FloatTensor): FloatTensor {
  const [rows = 0, columns = 0] = dims;
  if (dims.length !== 2) throw new Unsupported(`with weights of shape [${dims}]`);
  const result = new Float32Array(data.length);
  // In tiles, so that what is read and written stays in the processor's cache.
  for (let top = 0; top < rows; top += TILE) {
    for (let left = 0; left < columns; left += TILE) {
      for (let row = top; row < Math.min(top + TILE, rows); row++) {
        for (let column = left; column < Math.min(left + TILE, columns); column++) {
          result[column * rows + row] = data[row * columns + column] as number;
        }
      }
    }
  }
  return floatTensor([columns, rows], result);
}

/** One number an output: ONNX repeats a bias that is a scalar. */
function biasOf({ dims, data }: FloatTensor, outputs: number, beta: number): FloatTensor {
  const perOutput = dims.every((dim, axis) => axis === dims.length - 1 || dim === 1);
  if (!perOutput || (data.length !== 1 && data.length !== outputs)) {
    throw new Unsupported(`with a bias of shape [${dims}] for ${outputs} outputs`);
  }
  return floatTensor(
    [outputs],
    Float32Array.from({ length: outputs }, (_, i) => beta * (data[data.length === 1 ? 0 : i] as number)),
  );
}
