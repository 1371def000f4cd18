import { constantInput, floatOf, type Graph, type Node } from '../graph.js';

/** x * scale + shift for every channel. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** What a BatchNormalization with constant parameters computes: scale' = scale / sqrt(variance + epsilon). */
export function affineOf(graph: Graph, node: Node): Affine {
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => {
    const parameter = constantInput(graph, node, index);
    if (!parameter) throw new Error(`BatchNormalization '${node.name}' has no constant parameter ${index}`);
    return Float64Array.from(parameter.data as Float32Array);
  }) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const merged = scale.map((factor, c) => factor / Math.sqrt((variance[c] as number) + epsilon));
  return {
    scale: merged,
    shift: shift.map((summand, c) => summand - (mean[c] as number) * (merged[c] as number)),
  };
}

/** First one, then the other. */
export function compose(first: Affine, second: Affine): Affine {
  return {
    scale: first.scale.map((factor, c) => factor * (second.scale[c] as number)),
    shift: first.shift.map(
      (summand, c) => summand * (second.scale[c] as number) + (second.shift[c] as number),
    ),
  };
}

/** Side by side over the channels. */
export function concatenate(parts: readonly Affine[]): Affine {
  return {
    scale: Float64Array.from(parts.flatMap(({ scale }) => [...scale])),
    shift: Float64Array.from(parts.flatMap(({ shift }) => [...shift])),
  };
}
