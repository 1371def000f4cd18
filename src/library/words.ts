import type { ReadInput } from '../datasets/kind.js';
import type { TextSample } from '../datasets/sample.js';
import { readText } from '../datasets/text/read.js';
import { checkWords } from '../experiment/model.js';
import { textLayout } from '../input/layout.js';
import type { Classifier } from './network.js';

export { type EmbeddedWords, embedWords } from '../datasets/text/embed.js';

/** A document as a network reads it: its input, what goes with it, and what stands where. */
export type ReadDocument = ReadInput;

/**
 * A document as the input of a network of words or of a bag of words, as the `words` of its descriptor say
 * (docs/networks.md). Hand `given` and `document` on to {@link explain} and {@link perturb}, with region `word`.
 *
 * @param document `{tokens, ids?}` or `{text}`, as a line of a data set of texts
 * @throws InputError for a document that the network cannot read
 */
export function readDocument(
  network: Classifier,
  document: Pick<TextSample, 'tokens' | 'ids' | 'text'> & { readonly id?: string },
): Promise<ReadDocument> {
  const { preprocessing, words, ...own } = network;
  checkWords({ name: network.name, network, ...(words && { words }) });
  const { id = 'input', ...text } = document;
  const reader = { preprocessing, words, network: { ...own, layout: textLayout(network.inputShape) } };
  return readText({ id, path: '', labels: [], text }, undefined, reader);
}
