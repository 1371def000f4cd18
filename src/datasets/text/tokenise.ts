import { mismatch } from '../../errors.js';
import { wordsOf } from '../../input/document.js';
import type { TextSample } from '../sample.js';
import { loadTokenizer, PADDING, type Tokenizer, UNKNOWN } from './tokenizer.js';
import type { Words } from './words.js';

/** Tokens of a document with their ids, and what a vocabulary has ids for besides. */
export interface Tokenised {
  readonly id: string;
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  /** By token: which word it is part of; -1 of special tokens. */
  readonly words: readonly number[];
  readonly vocabulary: Vocabulary;
}

/** How words get ids. */
export interface Vocabulary {
  idOf(word: string): number | undefined;
  /** The id of what fills up a text; 0 where nothing says which one it is. */
  readonly pad: number;
  /** That of what stands for words without an id. */
  readonly unknown: number | undefined;
  readonly tokenizer: Tokenizer | undefined;
}

/** By descriptor, for as long as that lives. */
const vocabularies = new WeakMap<Words, Promise<Vocabulary>>();

/** How words get ids by a descriptor. @throws InputError where its tokenizer does not load */
export function vocabularyOf(words: Words): Promise<Vocabulary> {
  const known = vocabularies.get(words) ?? readVocabulary(words);
  vocabularies.set(words, known);
  return known;
}

async function readVocabulary({ vocabulary, tokenizer: json }: Words): Promise<Vocabulary> {
  const tokenizer = json === undefined ? undefined : await loadTokenizer(json);
  const ids = vocabulary && new Map(vocabulary.map((word, id) => [word, id]));
  const idOf = (word: string) => ids?.get(word) ?? tokenizer?.idOf(word);
  const first = (words: readonly string[]) => words.map(idOf).find((id) => id !== undefined);
  return { idOf, pad: first(PADDING) ?? 0, unknown: first(UNKNOWN), tokenizer };
}

/** The tokens of a document, with ids; what fills it up at its end is no part of it. @throws InputError for one that a vocabulary cannot read, or without any word */
export function tokenise(id: string, { tokens, ids, text }: TextSample, vocabulary: Vocabulary): Tokenised {
  const { tokenizer } = vocabulary;
  const where = `document ${id}`;
  if (text !== undefined && !tokenizer) {
    throw mismatch({
      what: 'document',
      where,
      expected: "tokens, or words.tokenizer in the network's descriptor",
      got: 'raw text',
    });
  }
  const read =
    text !== undefined
      ? (tokenizer as Tokenizer).encode(text)
      : { tokens: tokens ?? [], ids: ids ?? (tokens ?? []).map((token) => idOf(token, vocabulary, where)) };
  const filled = read.tokens.findLastIndex((token) => !PADDING.includes(token)) + 1;
  const own = { tokens: read.tokens.slice(0, filled), ids: read.ids.slice(0, filled) };
  const words = wordsOf(own.tokens, tokenizer?.special);
  if (words.every((word) => word < 0))
    throw mismatch({ what: 'document', where, expected: 'at least one word', got: 'none' });
  return { id, ...own, words, vocabulary };
}

function idOf(token: string, { idOf, unknown }: Vocabulary, where: string): number {
  const id = idOf(token) ?? unknown;
  if (id !== undefined) return id;
  throw mismatch({
    what: 'token',
    where,
    expected: "ids, or a word of words.vocabulary in the network's descriptor",
    got: `'${token.slice(0, 80)}'`,
  });
}
