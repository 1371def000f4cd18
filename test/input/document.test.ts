import { describe, expect, it } from 'vitest';
import { byToken, wordsOf, wordUnits } from '../../src/input/document.js';
import { textLayout } from '../../src/input/layout.js';

describe('words', () => {
  it.each([
    ['WordPiece', ['[CLS]', 'un', '##kind', '##ly', 'so', '[SEP]', '[PAD]'], [-1, 0, 0, 0, 1, -1, -1]],
    ['SentencePiece', ['▁un', 'kind', '▁so', '</s>'], [0, 0, 1, -1]],
    ['byte-level pairs', ['un', 'kind', 'Ġso', '<|endoftext|>'], [0, 0, 1, -1]],
    ['whole words', ['a', '##', 'b', '<unk>'], [0, 1, 2, 3]],
  ])('of %s', (_, tokens, words) => {
    expect(wordsOf(tokens)).toEqual(words);
  });

  it('are units with all their subwords; special tokens and padding are in none', () => {
    const tokens = ['[CLS]', 'un', '##kind', 'so', '[SEP]'];
    const document = { tokens, places: [0, 1, 2, 3, 4], words: wordsOf(tokens) };
    const units = wordUnits(textLayout([2, 8]), document);
    expect([0, 1].map((unit) => units.rectangles(unit).map(({ left }) => left))).toEqual([[1, 2], [3]]);
    expect([units.count, units.name(0)]).toEqual([2, "word 0 'unkind'"]);
  });

  it('of a bag are units once, however often they occur', () => {
    const document = { tokens: ['b', 'a', '?', 'b'], places: [5, 4, -1, 5], words: [0, 1, 2, 3] };
    const units = wordUnits(textLayout([9]), document);
    expect([0, 1].map((unit) => units.rectangles(unit))).toEqual([
      [{ top: 0, left: 5, height: 1, width: 1 }],
      [{ top: 0, left: 4, height: 1, width: 1 }],
    ]);
    expect(units.count).toBe(2);
  });

  it('share relevance in equal parts where it adds up', () => {
    const document = { tokens: ['b', 'a', '?', 'b'], places: [2, 0, -1, 2], words: [0, 1, 2, 3] };
    const map = { values: Float32Array.of(1, 7, 6), rows: 1, columns: 3 };
    expect([...byToken({ ...map, signed: true }, document).values]).toEqual([3, 1, 0, 3]);
    expect([...byToken({ ...map, signed: false }, document).values]).toEqual([6, 1, 0, 6]);
  });
});
