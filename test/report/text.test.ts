import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../src/input/document.js';
import { textPieces } from '../../src/report/html/texts.js';
import { inTerminal } from '../../src/report/text/terminal.js';
import { colouredWords, groundOf, isDark, SHADES } from '../../src/report/text/words.js';

const document = (...tokens: string[]) => ({
  tokens,
  places: tokens.map((_, i) => i),
  words: wordsOf(tokens),
});
const map = (signed: boolean, ...values: number[]) => ({
  values: Float32Array.from(values),
  rows: 1,
  columns: values.length,
  signed,
});

describe('words on coloured ground', () => {
  it('have the side and the shade of their relevance; what is beyond the scale has its end', () => {
    const words = colouredWords(document('a', 'b', 'c', 'd'), map(true, 2, -1, 0, 9), 2);
    expect(words.map(({ side, shade }) => [side, shade])).toEqual([
      ['for', SHADES],
      ['against', SHADES / 2],
      ['for', 0],
      ['for', SHADES],
    ]);
    expect(words.map(groundOf)).toEqual([
      [103, 0, 31],
      [107, 172, 209],
      [255, 255, 255],
      [103, 0, 31],
    ]);
    expect(words.map((word) => isDark(groundOf(word)))).toEqual([true, false, false, true]);
    const [sensitive] = colouredWords(document('a'), map(false, 1), 1);
    expect(sensitive).toMatchObject({ side: 'sensitive', shade: SHADES });
  });

  it('join subwords, in terminal and report, and nothing in them does anything', async () => {
    const hostile = document('un', '##kind', '\u001b[2J<b>', '\u202e', '');
    const heat = map(true, 1, 0, 0, -1, 0);
    const terminal = inTerminal(colouredWords(hostile, heat, 1));
    const plain = terminal.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[\\d;]+m`, 'g'), '');
    expect(plain).toBe('unkind \\u001b[2J<b> \\u202e  ');
    expect(terminal).toContain('\u001b[48;2;103;0;31;38;2;255;255;255mun\u001b[0m');
    const load = () => ({ title: '<i>', note: '', document: hostile, maps: [{ method: 'm', map: heat }] });
    let page = '';
    for await (const piece of textPieces({ samples: [load], measured: 2, shown: 1 })) page += piece;
    expect(page).toContain('1 of 2 texts are shown');
    expect(page).toContain(
      '<dd> <span class="for-24" title="1.00">un</span><span class="for-0" title="0">kind</span> <span class="for-0" title="0">\\u001b[2J&lt;b&gt;</span> <span class="against-24" title="−1.00">\\u202e</span>',
    );
    expect(page).not.toMatch(/<[ib]>/);
  });
});
