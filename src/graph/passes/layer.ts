import type { GraphBuilder } from '../builder.js';
import { inputOf, intOf, type Node, type Shape } from '../graph.js';
import { type FloatTensor, floatTensor, sizeOf, type Tensor } from '../tensor.js';
import type { Affine } from './affine.js';
import { alongAxis } from './field.js';

/** A factor and a summand for each channel (or feature). */
export interface PerChannel {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** A convolution or dense layer with affine maps before and behind it, which become part of its weights. */
export interface Layer {
  readonly node: Node;
  readonly before?: PerChannel | undefined;
  readonly behind?: PerChannel | undefined;
}

/** The axis that counts what a layer reads and makes: channels, or features at the end. */
export function channelAxis({ op }: Node, shape: Shape): number {
  return op === 'Gemm' ? shape.length - 1 : 1;
}

/** The map as a factor and a summand for each element of an axis; undefined when it varies along others. */
export function perChannel({ scale, shift }: Affine, shape: Shape, axis: number): PerChannel | undefined {
  const [factors, summands] = [scale, shift].map((field) => alongAxis(field, axis, shape[axis] as number));
  return factors && summands && { scale: factors, shift: summands };
}

/** First one, then the other. */
export function composed(first: PerChannel | undefined, second: PerChannel): PerChannel {
  if (!first) return second;
  return {
    scale: first.scale.map((factor, c) => factor * (second.scale[c] as number)),
    shift: first.shift.map(
      (summand, c) => summand * (second.scale[c] as number) + (second.shift[c] as number),
    ),
  };
}

/**
 * s' (W (s x + t) + b) + t' is the layer with weights s' W s and bias s' (W t + b) + t'. Everything is computed in float64
 * and rounded once.
 * The weights become constants of the builder.
 */
export function withWeights(
  { node, before, behind }: Layer,
  constants: ReadonlyMap<string, Tensor>,
  builder: GraphBuilder,
): Node {
  if (!before && !behind) return node;
  const weight = constants.get(inputOf(node, 1)) as FloatTensor;
  const given = constants.get(inputOf(node, 2))?.data as Float32Array | undefined;
  const [outputs = 1, inputsOfGroup = 1, ...kernel] = weight.dims;
  const taps = sizeOf(kernel);
  const outputsOfGroup = outputs / intOf(node, 'group', 1);
  const scales = [before, behind].some((part) => part?.scale.some((factor) => factor !== 1));
  const data = scales ? new Float32Array(weight.data.length) : weight.data;
  const bias = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const factor = behind?.scale[output] ?? 1;
    const firstInput = Math.floor(output / outputsOfGroup) * inputsOfGroup;
    let sum = given?.[output] ?? 0;
    for (let i = 0; i < inputsOfGroup; i++) {
      const scale = before?.scale[firstInput + i] ?? 1;
      const shift = before?.shift[firstInput + i] ?? 0;
      const start = (output * inputsOfGroup + i) * taps;
      for (let k = start; k < start + taps; k++) {
        const w = weight.data[k] as number;
        if (scales) data[k] = factor * w * scale;
        sum += w * shift;
      }
    }
    bias[output] = factor * sum + (behind?.shift[output] ?? 0);
  }
  const stored = (tensor: Tensor, part: string) => builder.store(tensor, `${node.name}.merged.${part}`);
  const inputs = [
    inputOf(node),
    scales ? stored(floatTensor(weight.dims, data), 'weight') : inputOf(node, 1),
    ...(given || bias.some((summand) => summand !== 0) ? [stored(floatTensor([outputs], bias), 'bias')] : []),
  ];
  return { ...node, inputs };
}
