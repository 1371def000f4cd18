import type { GraphBuilder } from '../builder.js';
import type { Node, Shape } from '../graph.js';
import { floatTensor } from '../tensor.js';
import type { Affine } from './affine.js';
import { alongAxis, type Field, isUniform } from './field.js';

/** What the last of the nodes that compute an affine map computes, its name, and the name of the node that they complete. */
export interface WrittenAs {
  readonly output: string;
  readonly name: string;
  readonly completes?: string;
}

/**
 * Nodes that compute affine(x), which are one operator: a sum where nothing is scaled, a BatchNormalization for a factor and
 * a summand a channel, else a product that a sum may complete. `shape` is that of x; constants go to the builder.
 */
export function writeAffine(
  builder: GraphBuilder,
  x: string,
  { scale, shift }: Affine,
  shape: Shape,
  { output, name, ...role }: WrittenAs,
): Node[] {
  const constant = ({ dims, data }: Field, part: string) =>
    builder.store(floatTensor(dims, Float32Array.from(data)), `${name}.${part}`);
  const node = (op: string, inputs: string[], attributes: Node['attributes'] = {}): Node => ({
    op,
    name,
    inputs,
    outputs: [output],
    attributes,
    ...role,
  });
  if (isUniform(scale, 1)) return [node('Add', [x, constant(shift, 'summand')])];
  if (isUniform(shift, 0)) return [node('Mul', [x, constant(scale, 'factor')])];
  const [factors, summands] = [scale, shift].map((field) => alongAxis(field, 1, shape[1] as number));
  if (shape.length > 1 && factors && summands) {
    const inputs = parameters(builder, x, factors, summands, name);
    return [node('BatchNormalization', inputs, { epsilon: { float: 0 } })];
  }
  const scaled = builder.unique(`${name}.scaled`);
  const product = { ...node('Mul', [x, constant(scale, 'factor')]), outputs: [scaled] };
  const sum = node('Add', [scaled, constant(shift, 'summand')]);
  return [product, { ...sum, name: builder.unique(`${name}.shifted`), completes: role.completes ?? name }];
}

/** The inputs of a BatchNormalization. */
function parameters(
  builder: GraphBuilder,
  x: string,
  scale: Float64Array,
  shift: Float64Array,
  name: string,
): string[] {
  const channels = scale.length;
  const perChannel = (data: Float32Array, part: string) =>
    builder.store(floatTensor([channels], data), `${name}.${part}`);
  return [
    x,
    perChannel(Float32Array.from(scale), 'scale'),
    perChannel(Float32Array.from(shift), 'shift'),
    perChannel(new Float32Array(channels), 'mean'),
    perChannel(new Float32Array(channels).fill(1), 'variance'),
  ];
}
