import { describe, expect, it } from 'vitest';
import type { Reader } from '../../src/datasets/kind.js';
import { layoutFor, openDataset, readSample, readSampleBoxes } from '../../src/datasets/open.js';
import { loadWords, type WordsConfig } from '../../src/datasets/text/words.js';
import { InputError } from '../../src/errors.js';
import { writeNpy } from '../../src/files/npy.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { layoutOf } from '../../src/input/layout.js';
import { makeTree } from './tree.js';

const lines = (...documents: object[]) => documents.map((one) => JSON.stringify(one)).join('\n');

const VOCABULARY = '<pad>\n<unk>\ngood\nbad\nfilm\n';

/** Embeddings of five words, of two numbers each. */
const TABLE = floatTensor([5, 2], [0, 0, 9, 9, 1, 2, 3, 4, 5, 6]);

/** A network of words of three tokens with a mask, or of a bag of five words. */
function network(kind: 'ids' | 'bag'): Reader['network'] {
  const shape = kind === 'ids' ? [2, 3] : [5];
  return {
    name: 'net',
    inputShape: shape,
    layout: layoutFor({ type: 'text' }, layoutOf(shape)),
    graph: {
      inputs: [
        { name: 'input', shape: [-1, ...shape] },
        ...(kind === 'ids' ? [{ name: 'attention_mask', shape: [-1, 3] }] : []),
      ],
    },
    ...(kind === 'ids' && { embeddings: [{ ids: 'ids', input: 'input', table: TABLE }] }),
  };
}

/** The first document of a data set as the input of a network. */
async function read(document: object, kind: 'ids' | 'bag', words: WordsConfig, files = {}) {
  const root = makeTree({ 'a.jsonl': lines({ id: 'a', ...document }), 'words.txt': VOCABULARY, ...files });
  const dataset = await openDataset({ type: 'text', root });
  const located = Object.fromEntries(
    Object.entries(words).map(([key, value]) => [key, key === 'bag' ? value : `${root}/${value}`]),
  );
  const reader = { preprocessing: undefined, words: loadWords(located), network: network(kind) };
  return readSample(dataset, dataset.samples[0] as (typeof dataset.samples)[0], reader);
}

describe('documents', () => {
  it('are lines of JSON; their classes are those of classes.txt, or else those that they name', async () => {
    const documents = lines(
      { id: 'b', tokens: ['good'], label: 'spam' },
      { id: 'a', tokens: ['bad'], label: 'ham', more: 1 },
    );
    const own = await openDataset({ type: 'text', root: makeTree({ 'd.jsonl': `${documents}\n\n` }) });
    expect([own.classes, own.samples.map(({ id, labels }) => [id, labels])]).toEqual([
      ['ham', 'spam'],
      [
        ['a', [0]],
        ['b', [1]],
      ],
    ]);
    const named = makeTree({
      'd.jsonl': documents,
      'e.json': JSON.stringify({ id: 'c', text: 'x', label: 1 }, null, 2),
      'classes.txt': 'spam\nham\n',
      'readme.md': '',
    });
    const dataset = await openDataset({ type: 'text', root: named });
    expect(dataset.samples.map(({ labels, text }) => [labels, text])).toEqual([
      [[1], { tokens: ['bad'] }],
      [[0], { tokens: ['good'] }],
      [[1], { text: 'x' }],
    ]);
    expect(dataset.leftOut.map(({ path }) => path)).toEqual([`${named}/readme.md`]);
  });

  it('that are none are listed, each with what is wrong', async () => {
    const root = makeTree({
      'classes.txt': 'ham\nspam\n',
      'd.jsonl': [
        lines(
          { id: 'fine', tokens: ['a'], label: 'ham' },
          { id: 'empty', tokens: [] },
          { id: 'lengths', tokens: ['a'], ids: [1, 2] },
          { id: 'class', tokens: ['a'], label: 'eggs' },
          { id: 'neither' },
          { id: '../up', tokens: ['a'] },
          { id: 'span', tokens: ['a'], spans: [{ start: 0, end: 2, label: 'ham' }] },
          { id: 'fraction', tokens: ['a'], ids: [0.5] },
        ),
        '{"id": "broken',
      ].join('\n'),
    });
    const { samples, broken } = await openDataset({ type: 'text', root });
    expect(samples.map(({ id }) => id)).toEqual(['fine']);
    const where = (line: number) => `document (${root}/d.jsonl, line ${line}): expected`;
    const form = '{id, tokens or text, ids?, label?, spans?}, got';
    expect(Object.fromEntries(broken.map(({ id, message }) => [id, message]))).toEqual({
      empty: `${where(2)} ${form} tokens: expected at least one token`,
      lengths: `${where(3)} an id a token, got 2 ids for 1 tokens`,
      class: `label (document class): expected a class of ${root}/classes.txt, got 'eggs'`,
      neither: `${where(5)} either tokens or text, got neither`,
      'd.jsonl-6': `${where(6)} ${form} id: expected a name without slashes and control characters`,
      span: `${where(7)} spans of its 1 tokens, start < end, got 0 to 2`,
      fraction: expect.stringContaining(`${where(8)} ${form} ids.0: `),
      'd.jsonl-9': expect.stringContaining(`${where(9)} JSON, got `),
    });
  });

  it('must have ids of their own', async () => {
    const root = makeTree({ 'a.jsonl': lines({ id: 'x', tokens: ['a'] }, { id: 'x', tokens: ['b'] }) });
    await expect(openDataset({ type: 'text', root })).rejects.toThrow(
      new InputError(
        `id of a document (${root}/a.jsonl): expected a different one each, got 'x', as in a.jsonl`,
      ),
    );
  });

  it('have spans for boxes', async () => {
    const spans = [{ start: 1, end: 3, label: 'spam', source: 'mail' }];
    const root = makeTree({
      'a.jsonl': lines({ id: 'x', tokens: ['a', 'b', 'c'], spans }),
      'classes.txt': 'ham\nspam\n',
    });
    const dataset = await openDataset({ type: 'text', root });
    expect(await readSampleBoxes(dataset, dataset.samples[0] as (typeof dataset.samples)[0])).toMatchObject([
      { left: 1, right: 3, top: 0, bottom: 1, label: 1 },
    ]);
    expect(dataset.unlabelled).toEqual([]);
  });
});

describe('the input of a network', () => {
  it('is the embeddings of tokens, padded, with a mask; unknown words have a vector of their own', async () => {
    const prepared = await read({ tokens: ['bad', 'books'] }, 'ids', { vocabulary: 'words.txt' });
    expect([...prepared.input]).toEqual([3, 9, 0, 4, 9, 0]);
    expect(prepared.given).toEqual({ attention_mask: Float32Array.of(1, 1, 0) });
    expect(prepared.document).toEqual({ tokens: ['bad', 'books'], places: [0, 1], words: [0, 1] });
    expect(prepared.tokenVectors).toEqual({ pad: Float32Array.of(0, 0), unknown: Float32Array.of(9, 9) });
  });

  it('needs no vocabulary where documents have ids; one that is too long is cut, but for what ends it', async () => {
    const tokens = ['[CLS]', 'good', '##ish', 'bad', '[SEP]'];
    const { input, document } = await read({ tokens, ids: [4, 2, 3, 3, 0] }, 'ids', {});
    expect([...input]).toEqual([5, 1, 0, 6, 2, 0]);
    expect(document).toEqual({ tokens: ['[CLS]', 'good', '[SEP]'], places: [0, 1, 2], words: [-1, 0, -1] });
  });

  it('is masked where a document brings its own padding', async () => {
    const tokens = ['<pad>', 'good', '<pad>', '<pad>', '<pad>'];
    const { given, document } = await read({ tokens }, 'ids', { vocabulary: 'words.txt' });
    expect(given).toEqual({ attention_mask: Float32Array.of(0, 1, 0) });
    expect(document).toEqual({ tokens: ['<pad>', 'good'], places: [0, 1], words: [-1, 0] });
  });

  it.each([
    ['counts', [0, 0, 2, 0, 1]],
    ['tf-idf', [0, 0, 4, 0, 3]],
    ['tf-idf-l2', [0, 0, 0.8, 0, 0.6]],
  ] as const)('is a bag of words: %s', async (bag, expected) => {
    const files = { 'idf.npy': writeNpy([5], Float32Array.of(7, 7, 2, 1, 3)) };
    const tokens = ['good', 'film', '<unk>', 'good', 'book', '<pad>'];
    const words = { vocabulary: 'words.txt', bag, idf: 'idf.npy' };
    const { input, document } = await read({ tokens }, 'bag', words, files);
    expect([...input]).toEqual(expected.map(Math.fround));
    expect(document?.places).toEqual([2, 4, -1, 2, -1]);
  });

  it('is read from raw text by a tokenizer', async () => {
    const tokenizer = {
      version: '1.0',
      added_tokens: [{ id: 0, content: '[CLS]', special: true }],
      normalizer: { type: 'Lowercase' },
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [],
        special_tokens: { '[CLS]': { id: '[CLS]', ids: [0], tokens: ['[CLS]'] } },
      },
      decoder: null,
      model: {
        type: 'WordPiece',
        unk_token: '[UNK]',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab: { '[CLS]': 0, '[UNK]': 1, good: 2, '##ish': 3, film: 4 },
      },
    };
    const files = { 'tokenizer.json': JSON.stringify(tokenizer) };
    const prepared = await read({ text: 'Goodish' }, 'ids', { tokenizer: 'tokenizer.json' }, files);
    expect(prepared.document).toEqual({
      tokens: ['[CLS]', 'good', '##ish'],
      places: [0, 1, 2],
      words: [-1, 0, 0],
    });
    expect([...prepared.input]).toEqual([0, 1, 3, 0, 2, 4]);
    expect([...(prepared.tokenVectors?.unknown ?? [])]).toEqual([9, 9]);
  });

  it.each<[string, object, 'ids' | 'bag', WordsConfig, string]>([
    [
      'an id beyond the table',
      { tokens: ['a'], ids: [5] },
      'ids',
      {},
      'document a: id (ids, place 0): expected 0..4, got 5',
    ],
    [
      'an id beyond the bag',
      { tokens: ['a'], ids: [5] },
      'bag',
      { bag: 'counts' },
      'id (network net, document a): expected 0..4, got 5',
    ],
    [
      'a word of no vocabulary',
      { tokens: ['a'] },
      'ids',
      {},
      "token (document a): expected ids, or a word of words.vocabulary in the network's descriptor, got 'a'",
    ],
    [
      'raw text without a tokenizer',
      { text: 'a b' },
      'ids',
      {},
      "document (document a): expected tokens, or words.tokenizer in the network's descriptor, got raw text",
    ],
    [
      'no word at all',
      { tokens: ['[CLS]', '[SEP]'], ids: [1, 2] },
      'ids',
      {},
      'document (document a): expected at least one word, got none',
    ],
    [
      'no word that a bag knows',
      { tokens: ['book'] },
      'bag',
      { bag: 'counts', vocabulary: 'words.txt' },
      'document (network net, document a): expected a word of the vocabulary, got none',
    ],
  ])('is refused: %s', async (_, document, kind, words, message) => {
    await expect(read(document, kind, words)).rejects.toThrow(new InputError(message));
  });

  it('needs idf of a bag that is weighted', () => {
    expect(() => loadWords({ bag: 'tf-idf' })).toThrow(
      'words (network descriptor): expected idf for tf-idf, got none',
    );
  });
});
