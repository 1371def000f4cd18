/** Weights made from a layer's weights one by one: positive and negative ones scaled apart, squared, or all ones. */
export type WeightMap =
  | { readonly kind: 'scaled'; readonly positive: number; readonly negative: number }
  | { readonly kind: 'squared' }
  | { readonly kind: 'ones' };

export function scaled(positive: number, negative: number): Extract<WeightMap, { kind: 'scaled' }> {
  return { kind: 'scaled', positive, negative };
}

export const IDENTITY = scaled(1, 1);
export const NONE = scaled(0, 0);
export const SQUARED: WeightMap = { kind: 'squared' };
export const ONES: WeightMap = { kind: 'ones' };

/** Equal for equal maps. */
export function keyOf(weights: WeightMap): string {
  return weights.kind === 'scaled' ? `${weights.positive},${weights.negative}` : weights.kind;
}

/** Maps weights in place: a loop without calls, as networks have hundreds of millions of them. */
export function mapped(weights: Float32Array, map: WeightMap): Float32Array {
  if (map.kind === 'ones') return weights.fill(1);
  const { positive, negative } = map.kind === 'scaled' ? map : IDENTITY;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    weights[i] = map.kind === 'squared' ? weight * weight : (weight > 0 ? positive : negative) * weight;
  }
  return weights;
}
