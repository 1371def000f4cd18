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
 * Nodes that compute affine(x): a BatchNormalization where it is one factor and one summand a channel, else a Mul, an Add or
 * both. `shape` is that of x; constants go to the builder.
 */
export function writeAffine(
  builder: GraphBuilder,
  x: string,
  { scale, shift }: Affine,
  shape: Shape,
  { output, name, ...role }: WrittenAs,
): Node[] {
  const unscaled = isUniform(scale, 1);
  const unshifted = isUniform(shift, 0);
  const [factors, summands] = [scale, shift].map((field) => alongAxis(field, 1, shape[1] as number));
  if (shape.length > 1 && factors && summands && !(unshifted && scale.data.length === 1)) {
    const inputs = parameters(builder, x, factors, summands, name);
    const attributes = { epsilon: { float: 0 } };
    return [{ op: 'BatchNormalization', name, inputs, outputs: [output], attributes, ...role }];
  }
  const constant = ({ dims, data }: Field, part: string) =>
    builder.store(floatTensor(dims, Float32Array.from(data)), `${name}.${part}`);
  const node = (op: string, source: string, field: Field, part: string, result: string): Node => ({
    op,
    name: result === output ? name : result,
    inputs: [source, constant(field, part)],
    outputs: [result],
    attributes: {},
    ...role,
  });
  if (unshifted) return [node('Mul', x, scale, 'scale', output)];
  if (unscaled) return [node('Add', x, shift, 'shift', output)];
  const scaled = builder.unique(`${name}.scaled`);
  return [node('Mul', x, scale, 'scale', scaled), node('Add', scaled, shift, 'shift', output)];
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
