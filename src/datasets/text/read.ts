import { InputError, mismatch } from '../../errors.js';
import type { Embedding } from '../../graph/embedding.js';
import type { InputLayout } from '../../input/layout.js';
import type { Reader, ReadInput } from '../kind.js';
import type { Sample } from '../sample.js';
import { bagOf } from './bag.js';
import { embedWords, rowsOf, type WordNetwork } from './embed.js';
import { type Tokenised, tokenise, vocabularyOf } from './tokenise.js';
import { PADDING } from './tokenizer.js';

/** A document as network input: embeddings of its tokens, or a bag of its words. @throws InputError when it does not fit */
export async function readText(sample: Sample, _: unknown, reader: Reader): Promise<ReadInput> {
  const { network, words = {} } = reader;
  const vocabulary = await vocabularyOf(words);
  const read = tokenise(sample.id, sample.text ?? {}, vocabulary);
  if (network.embeddings) {
    if (words.bag)
      throw new InputError(`network ${network.name}: expected no words.bag, since it reads ids of words`);
    return embedded(read, network as WordNetwork & { readonly layout: InputLayout });
  }
  return bagOf(read, words, network);
}

/** Numbers for the other inputs of a network of words, by what these are called: [name, of a token, of padding]. */
const BESIDE: readonly (readonly [name: RegExp, of: (isToken: boolean, place: number) => number])[] = [
  [/mask/i, (isToken) => (isToken ? 1 : 0)],
  [/type|segment/i, () => 0],
  [/position/i, (_, place) => place],
];

function embedded(
  { id, vocabulary, ...all }: Tokenised,
  network: WordNetwork & { readonly layout: InputLayout },
): ReadInput {
  const { columns } = network.layout;
  const { tokens, ids, words } = cutTo(columns, all);
  const [main, ...others] = network.embeddings as readonly [Embedding, ...Embedding[]];
  const padded = Array.from({ length: columns }, (_, place) => ids[place] ?? vocabulary.pad);
  const isToken = (place: number) => place < ids.length && !PADDING.includes(tokens[place] as string);
  const inputs = network.graph.inputs.slice(1).map(({ name, shape }) => {
    const file = others.find(({ input }) => input === name)?.ids ?? name;
    const [, of] = BESIDE.find(([pattern]) => pattern.test(file)) ?? [];
    if (of && shape[1] === columns)
      return [file, Array.from({ length: columns }, (_, place) => of(isToken(place), place))] as const;
    throw mismatch({
      what: `network input '${file}'`,
      where: `network ${network.name}`,
      expected: 'a mask, types of tokens or positions, one a token',
      got: `[${shape.slice(1)}]`,
    });
  });
  const { unknown } = vocabulary;
  return withId(id, () => ({
    ...embedWords(network, { [main.ids]: padded, ...Object.fromEntries(inputs) }),
    document: { tokens, places: tokens.map((_, place) => place), words },
    tokenVectors: {
      pad: rowsOf(main, [vocabulary.pad]),
      ...(unknown !== undefined && { unknown: rowsOf(main, [unknown]) }),
    },
  }));
}

/** At most as many tokens as a network reads; special ones at the end stay there. */
function cutTo(most: number, { tokens, ids, words }: Pick<Tokenised, 'tokens' | 'ids' | 'words'>) {
  const last = words.findLastIndex((word) => word >= 0) + 1;
  const framing = tokens.length - last;
  const isKept = (_: unknown, i: number) => tokens.length <= most || i < most - framing || i >= last;
  return { tokens: tokens.filter(isKept), ids: ids.filter(isKept), words: words.filter(isKept) };
}

/** What goes wrong, with the document it goes wrong in. */
function withId<T>(id: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof InputError ? new InputError(`document ${id}: ${error.message}`) : error;
  }
}
