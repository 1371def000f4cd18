import { floatTensor } from '../../../graph/tensor.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { axisOf } from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { seen, type View, viewOf } from '../view.js';
import type { OperatorTable } from './table.js';

/** Normalisations of the features at each place. */
export const NORMALISATIONS: OperatorTable = {
  LayerNormalization: (node, writer) => normalised(node, writer, 'LayerNormalization'),
  RMSNormalization: (node, writer) => normalised(node, writer, 'RMSNormalization'),
};

function normalised(
  node: OnnxNode,
  writer: NetworkWriter,
  op: 'LayerNormalization' | 'RMSNormalization',
): Operand {
  const view = viewOf(node, writer);
  const axis = axisOf(node.int('axis', -1), view.dims.length);
  if (axis !== view.dims.length - 1 || view.axis(axis) !== view.shape.length - 1)
    throw new Unsupported('over other than the last axis');
  if (node.outputs.slice(1).some((output) => output !== '')) throw new Unsupported('with a second output');
  const parameters = [parameter(node, view, writer, 1, 1)];
  if (op === 'LayerNormalization') parameters.push(parameter(node, view, writer, 2, 0));
  const attributes = { axis: view.shape.length - 1, epsilon: { float: node.float('epsilon', 1e-5) } };
  return seen(writer.add(op, [view.value, ...parameters], attributes, node.name), view.batch);
}

/** One number a feature: those of an input, or the same for all. */
function parameter(
  node: OnnxNode,
  view: View,
  writer: NetworkWriter,
  index: number,
  fallback: number,
): string {
  const features = view.shape.at(-1) as number;
  const given = node.weights(index);
  const data = new Float32Array(features).fill(fallback);
  const fits = (dims: readonly number[]) =>
    dims.every((dim, i) => dim === 1 || (i === dims.length - 1 && dim === features));
  if (given && !fits(given.dims)) throw new Unsupported(`with parameters of shape [${given.dims}]`);
  if (given) data.set(given.data.length === 1 ? data.fill(given.data[0] as number) : given.data);
  return writer.weights(floatTensor([features], data), `${node.name}.${index === 1 ? 'scale' : 'shift'}`);
}
