import { mismatch } from '../../errors.js';
import type { Reader, ReadInput } from '../kind.js';
import type { Tokenised } from './tokenise.js';
import type { Words } from './words.js';

/**
 * A number a word of the vocabulary. Padding, special tokens and words without an id count nothing.
 * @throws InputError for an id beyond the input, or a document without any word of it
 */
export function bagOf(
  { id, tokens, ids, words, vocabulary }: Tokenised,
  { bag, idf }: Words,
  { name, layout }: Reader['network'],
): ReadInput {
  const { places: size } = layout;
  const refuse = (what: string, expected: string, got: string) =>
    mismatch({ what, where: `network ${name}, document ${id}`, expected, got });
  if (!bag || layout.channels > 1)
    throw refuse('input of the network', 'ids of words, or [words] with words.bag', `[${layout.shape}]`);
  if (idf && idf.length !== size) throw refuse('idf', `${size} numbers`, String(idf.length));
  const places = ids.map((own, i) => {
    const counts = (words[i] as number) >= 0 && own !== vocabulary.unknown && own !== vocabulary.pad;
    if (own >= size) throw refuse('id', `0..${size - 1}`, String(own));
    return counts ? own : -1;
  });
  const input = new Float32Array(size);
  for (const place of places) if (place >= 0) input[place] = (input[place] as number) + 1;
  if (!input.some((count) => count > 0)) throw refuse('document', 'a word of the vocabulary', 'none');
  return { input: weighted(input, bag, idf), document: { tokens, places, words } };
}

function weighted(counts: Float32Array, bag: NonNullable<Words['bag']>, idf: Float32Array | undefined) {
  if (bag === 'counts') return counts;
  const weights = Float64Array.from(counts, (count, word) => count * (idf?.[word] as number));
  const squares = weights.reduce((sum, weight) => sum + weight ** 2, 0);
  const norm = bag === 'tf-idf-l2' ? Math.sqrt(squares) : 1;
  return Float32Array.from(weights, (weight) => weight / norm);
}
