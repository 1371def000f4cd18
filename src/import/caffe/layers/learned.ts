import { type FloatTensor, floatTensor, sizeOf } from '../../../graph/tensor.js';
import { addBatchNorm, addConstantOperand } from '../../canonical/arithmetic.js';
import { addReshape } from '../../canonical/layout.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { Unsupported } from '../../unsupported.js';
import type { TextMessage } from '../text-format.js';
import { type LayerContext, type LayerTable, sampleAxis } from './context.js';

/** Layers with weights, but for convolutions. */
export const LEARNED: LayerTable = {
  InnerProduct: (layer, writer) => {
    const parameters = layer.parameters('inner_product_param');
    if (parameters.number('axis', 1) !== 1) throw new Unsupported('over another axis than 1');
    if (parameters.boolean('transpose', false)) throw new Unsupported('with transposed weights');
    const features = sizeOf(writer.sample(layer.x));
    const outputs = parameters.number('num_output', 0);
    const weight = layer.blob(0, [outputs, features], 'weights');
    const flat = addReshape(writer, layer.x, [features], `${layer.name}.flat`);
    const inputs = [flat, writer.weights(weight, `${layer.name}.weight`)];
    if (parameters.boolean('bias_term', true)) {
      inputs.push(writer.weights(layer.blob(1, [outputs], 'bias'), `${layer.name}.bias`));
    }
    return writer.add('Gemm', inputs, { transB: 1 }, layer.name);
  },

  /** (x - mean) / sqrt(variance + eps); both are stored as sums, with what to divide them by as third blob. */
  BatchNorm: (layer, writer) => {
    const parameters = layer.parameters('batch_norm_param');
    if (!parameters.boolean('use_global_stats', true)) {
      throw new Unsupported('over the statistics of the batch');
    }
    const channels = [writer.shape(layer.x)[1] as number];
    const sums = [layer.blob(0, channels, 'mean'), layer.blob(1, channels, 'scale')] as const;
    const count = layer.blob(2, [1], 'factor').data[0] as number;
    const divided = ({ dims, data }: FloatTensor) =>
      floatTensor(
        dims,
        data.map((sum) => (count === 0 ? 0 : sum / count)),
      );
    const all = (value: number) => floatTensor(channels, new Float32Array(channels[0] as number).fill(value));
    const epsilon = parameters.number('eps', 1e-5);
    const [mean, variance] = [divided(sums[0]), divided(sums[1])];
    return addBatchNorm(
      writer,
      layer.x,
      { scale: all(1), shift: all(0), mean, variance, epsilon },
      layer.name,
    );
  },

  /** x * scale (+ bias): learned factors, or a second bottom. */
  Scale: (layer, writer) => {
    const parameters = layer.parameters('scale_param');
    const factors = layer.bottom(1);
    if (factors !== undefined) {
      if (parameters.number('axis', 1) !== 0)
        throw new Unsupported('by a second bottom that lacks the batch');
      parameters.number('num_axes', 1);
      if (parameters.boolean('bias_term', false)) throw new Unsupported('by a second bottom with a bias');
      return addGate(writer, layer.x, factors, layer.name);
    }
    const scaled = addLearned(layer, writer, 'Mul', 0, parameters, layer.x, layer.name);
    if (!parameters.boolean('bias_term', false)) return scaled;
    return addLearned(layer, writer, 'Add', 1, parameters, scaled, `${layer.name}.bias`);
  },

  /** A fork's a x + y, with one factor a channel. */
  Axpy: (layer, writer) => {
    const [factors, x, y] = [0, 1, 2].map((index) => layer.bottom(index));
    if (factors === undefined || x === undefined || y === undefined)
      throw new Unsupported('without three bottoms');
    return writer.add('Add', [addGate(writer, x, factors, `${layer.name}.gated`), y], {}, layer.name);
  },

  Bias: (layer, writer) => {
    if (layer.bottom(1) !== undefined) throw new Unsupported('by a second bottom');
    return addLearned(layer, writer, 'Add', 0, layer.parameters('bias_param'), layer.x, layer.name);
  },
};

/** x times factors that are the same over the axes which they lack. */
function addGate(writer: NetworkWriter, x: string, factors: string, name: string): string {
  const ones = writer
    .shape(x)
    .slice(writer.shape(factors).length)
    .map(() => 1);
  const gate = addReshape(writer, factors, [...writer.sample(factors), ...ones], `${name}.gate`);
  return writer.add('Mul', [x, gate], {}, name);
}

/** x * or + a blob that covers `num_axes` axes (-1: all) from `axis` on. */
function addLearned(
  layer: LayerContext,
  writer: NetworkWriter,
  op: 'Mul' | 'Add',
  index: number,
  parameters: TextMessage,
  x: string,
  name: string,
): string {
  const axis = sampleAxis(parameters.number('axis', 1), writer.shape(x).length);
  const axes = parameters.number('num_axes', 1);
  const sample = writer.shape(x).slice(axis);
  const dims = axes === -1 ? sample : sample.slice(0, axes);
  const { data } = layer.blob(index, dims, op === 'Mul' ? 'scale' : 'bias');
  const rest = sample.slice(dims.length).map(() => 1);
  return addConstantOperand(writer, op, x, { dims: [...dims, ...rest], data }, name);
}
