import { Unsupported } from '../../unsupported.js';
import type { Spelling } from './spelling.js';

/** Queries, keys and values, [batch, words, heads x width] each. */
type Projected = readonly [queries: string, keys: string, values: string];

/** softmax(Q K^T scale + bias) V for every head, heads side by side again. */
function attended(spelt: Spelling, [queries, keys, values]: Projected, biases: readonly string[]): void {
  if (spelt.int('unidirectional', 0) === 1) throw new Unsupported('with attention to what came before only');
  const heads = spelt.int('num_heads', 0);
  const shape = spelt.constant([0, 0, heads, -1]);
  const split = (value: string, perm: number[]) =>
    spelt.add('Transpose', [spelt.add('Reshape', [value, shape])], { perm });
  const scores = spelt.add('MatMul', [split(queries, [0, 2, 1, 3]), split(keys, [0, 2, 3, 1])]);
  const given = spelt.float('scale', 0);
  const scaled = spelt.add('Mul', [
    scores,
    given === 0 ? headScale(spelt, queries, heads) : spelt.constant(given),
  ]);
  const sum = biases.reduce((total, bias) => spelt.add('Add', [total, bias]), scaled);
  const probabilities = spelt.add('Softmax', [sum], { axis: -1 });
  const joined = spelt.add('MatMul', [probabilities, split(values, [0, 2, 1, 3])]);
  const turned = spelt.add('Transpose', [joined], { perm: [0, 2, 1, 3] });
  spelt.last('Reshape', [turned, spelt.constant([0, 0, -1])]);
}

/** 1 / sqrt(width of a head), as shape arithmetic. */
function headScale(spelt: Spelling, queries: string, heads: number): string {
  const width = spelt.add('Gather', [spelt.add('Shape', [queries]), spelt.constant([2])]);
  const ofHead = spelt.add('Div', [spelt.add('Cast', [width], { to: 1 }), spelt.constant(heads)]);
  return spelt.add('Div', [spelt.constant(1), spelt.add('Sqrt', [ofHead])]);
}

/** What a mask [batch, words] of ones and zeros adds to scores. */
function maskBias(spelt: Spelling, mask: string): string {
  const given = spelt.add('Cast', [mask], { to: 1 });
  const gone = spelt.add('Sub', [spelt.constant(1), given]);
  const filled = spelt.add('Mul', [gone, spelt.constant(spelt.float('mask_filter_value', -10000))]);
  return spelt.add('Unsqueeze', [filled, spelt.constant([1, 2])]);
}

const CACHE = 'with a cache of keys and values';

/** com.microsoft.Attention: input, weights of all three, bias, mask, past, bias of scores, length of the past. */
export function attention(spelt: Spelling): void {
  spelt.refuse(CACHE, 4, 6);
  if (spelt.int('do_rotary', 0) === 1) throw new Unsupported('with rotary positions');
  const product = spelt.add('MatMul', [spelt.input(0), spelt.input(1)]);
  const all = spelt.input(2) ? spelt.add('Add', [product, spelt.input(2)]) : product;
  const sizes = spelt.ints('qkv_hidden_sizes') ?? [];
  const parts = spelt.addMany('Split', sizes.length > 0 ? [all, spelt.constant(sizes)] : [all], 3, {
    axis: -1,
  });
  const mask = spelt.input(3) ? [maskBias(spelt, spelt.input(3))] : [];
  attended(spelt, parts as unknown as Projected, [...mask, spelt.input(5)].filter(Boolean));
}

/** com.microsoft.MultiHeadAttention: queries, keys, values, bias of all three, mask, bias of scores, past keys and values. */
export function multiHeadAttention(spelt: Spelling): void {
  spelt.refuse(CACHE, 6, 7, 8);
  if (!spelt.input(1) || !spelt.input(2)) throw new Unsupported('with packed queries, keys and values');
  const biases = spelt.input(3) ? spelt.addMany('Split', [spelt.input(3)], 3, { axis: 0 }) : [];
  const projected = [0, 1, 2].map((i) => {
    const bias = biases[i];
    return bias ? spelt.add('Add', [spelt.input(i), bias]) : spelt.input(i);
  });
  const mask = spelt.input(4) ? [maskBias(spelt, spelt.input(4))] : [];
  attended(spelt, projected as unknown as Projected, [...mask, spelt.input(5)].filter(Boolean));
}
