import { type FloatTensor, floatTensor, sizeOf } from '../../../graph/tensor.js';
import { addConstantOperand } from '../../canonical/arithmetic.js';
import { addReshape, addTranspose } from '../../canonical/layout.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import type { Operand } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { axisOf } from '../arguments.js';
import type { OnnxNode } from '../node.js';
import { seen, View, viewOf } from '../view.js';
import { computed, type OperatorTable } from './table.js';

type Norm = 'LayerNormalization' | 'RMSNormalization';

/** Normalisations of the features at each place, or of some channels over all places: the canonical ones are along the last axis. */
export const NORMALISATIONS: OperatorTable = {
  LayerNormalization: (node, writer) => normalised(node, writer, 'LayerNormalization'),
  RMSNormalization: (node, writer) => normalised(node, writer, 'RMSNormalization'),
  SimplifiedLayerNormalization: (node, writer) => normalised(node, writer, 'RMSNormalization'),
  LpNormalization: (node, writer) => {
    if (node.int('p', 2) !== 2) throw new Unsupported(`with p ${node.int('p', 2)}`);
    return normalised(node, writer, 'RMSNormalization');
  },
  InstanceNormalization: (node, writer) => {
    const channels = writer.shape(node.value())[1] as number;
    return grouped(node, writer, channels, [node.required(1), node.required(2)]);
  },
  GroupNormalization: (node, writer) => {
    const [groups, channels] = [node.int('num_groups', 1), writer.shape(node.value())[1] as number];
    const each = (given: FloatTensor) =>
      given.data.length === channels ? given : perChannel(given, channels / groups);
    return grouped(node, writer, groups, [each(node.required(1)), each(node.required(2))]);
  },
};

function normalised(node: OnnxNode, writer: NetworkWriter, op: Norm): Operand {
  const view = viewOf(node, writer);
  const axis = axisOf(node.int('axis', -1), view.dims.length);
  if (node.outputs.slice(1).some((output) => output !== ''))
    throw new Unsupported('with its mean or deviation read');
  const own = view.axis(axis);
  const last = view.shape.length - 1;
  const alone = isUnit(node) || node.int('alone', 0) === 1;
  checkPlaces(node, view.dims, (at) => at === axis || (at > axis && !alone));
  if (own === last && axis === view.dims.length - 1)
    return seen(alongLast(node, writer, op, view), view.batch);
  // A chain along one axis, as it is spelt out, or the standard's: along an axis and all behind it.
  if (alone) {
    const order = view.shape.map((_, i) => i).toSpliced(own, 1);
    const turned = addTranspose(writer, view.value, [...order, own], `${node.name}.behind`);
    const norm = alongLast(node, writer, op, View.of(writer, { value: turned }));
    const back = view.shape.map((_, i) => (i < own ? i : i === own ? last : i - 1));
    return seen(addTranspose(writer, norm, back, `${node.name}.back`), view.batch);
  }
  if (view.batch.axis > axis) throw new Unsupported('over the batch');
  const rows = [...view.shape.slice(1, own), sizeOf(view.shape.slice(own))];
  const flat = addReshape(writer, view.value, rows, `${node.name}.flat`);
  const norm = alongLast(node, writer, op, View.of(writer, { value: flat }));
  return seen(addReshape(writer, norm, view.shape.slice(1), `${node.name}.shaped`), view.batch);
}

/** @throws Unsupported for parameters that vary along other axes than those that are normalised */
function checkPlaces(
  node: OnnxNode,
  shape: readonly number[],
  isNormalised: (axis: number) => boolean,
): void {
  for (const index of [1, 2]) {
    const { dims = [] } = node.constant(index) ?? {};
    const first = shape.length - dims.length;
    const fits = dims.every((dim, i) => dim === 1 || (isNormalised(first + i) && dim === shape[first + i]));
    if (!fits) throw new Unsupported(`with parameters of shape [${dims}]`);
  }
}

function alongLast(node: OnnxNode, writer: NetworkWriter, op: Norm, { value, shape }: View): string {
  const features = shape.at(-1) as number;
  // x / sqrt(sum of x^2) is x / sqrt(mean of x^2) / sqrt(features); a norm that may not fall below e is nearly sqrt(sum + e^2).
  const unit = isUnit(node);
  const given = node.float('epsilon', unit ? SHORTEST : 1e-5);
  const epsilon = unit ? given ** 2 / features : given;
  const parameters = [parameter(node, features, writer, 1, unit ? features ** -0.5 : 1)];
  if (op === 'LayerNormalization') parameters.push(parameter(node, features, writer, 2, 0));
  const attributes = { axis: shape.length - 1, epsilon: { float: epsilon } };
  return writer.add(op, [value, ...parameters], attributes, node.name);
}

/** Whether what is divided by is the length, not the deviation. */
const isUnit = (node: OnnxNode) => node.op === 'LpNormalization' || node.int('unit', 0) === 1;

/** The length below which numbers stay zero, as onnxruntime has it of zeros alone. */
const SHORTEST = 1e-12;

/** One number a feature: those of an input, or the same for all. */
function parameter(
  node: OnnxNode,
  features: number,
  writer: NetworkWriter,
  index: number,
  fallback: number,
): string {
  const given = node.weights(index);
  const data = new Float32Array(features).fill(fallback);
  if (given && given.data.length !== features && given.data.length !== 1)
    throw new Unsupported(`with parameters of shape [${given.dims}]`);
  if (given) data.set(given.data.length === 1 ? data.fill(given.data[0] as number) : given.data);
  return writer.weights(floatTensor([features], data), `${node.name}.${index === 1 ? 'scale' : 'shift'}`);
}

/** Groups of channels over all places, then a factor and a summand a channel. */
function grouped(
  node: OnnxNode,
  writer: NetworkWriter,
  groups: number,
  [scale, shift]: readonly [FloatTensor, FloatTensor],
): Operand {
  const x = node.value();
  const [channels = 0, ...spatial] = writer.sample(x);
  if (channels % groups !== 0) throw new Unsupported(`of ${channels} channels in ${groups} groups`);
  const rows = addReshape(
    writer,
    x,
    [groups, sizeOf([channels / groups, ...spatial])],
    `${node.name}.groups`,
  );
  const size = writer.shape(rows).at(-1) as number;
  const same = (value: number, part: string) =>
    writer.weights(floatTensor([size], new Float32Array(size).fill(value)), `${node.name}.${part}`);
  const attributes = { axis: 2, epsilon: { float: node.float('epsilon', 1e-5) } };
  const norm = writer.add(
    'LayerNormalization',
    [rows, same(1, 'ones'), same(0, 'zeros')],
    attributes,
    node.name,
  );
  const shaped = addReshape(writer, norm, [channels, ...spatial], `${node.name}.shaped`);
  const ofChannels = ({ data }: FloatTensor) => ({ dims: [channels, ...spatial.map(() => 1)], data });
  const scaled = addConstantOperand(writer, 'Mul', shaped, ofChannels(scale), `${node.name}.scaled`);
  return computed(addConstantOperand(writer, 'Add', scaled, ofChannels(shift), `${node.name}.shifted`));
}

/** Each number as often as its group has channels. */
function perChannel({ data }: FloatTensor, channels: number): FloatTensor {
  return floatTensor(
    [data.length * channels],
    Float32Array.from({ length: data.length * channels }, (_, i) => data[Math.floor(i / channels)] as number),
  );
}
