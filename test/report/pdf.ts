import { inflateSync } from 'node:zlib';

/**
 * The texts of a one-page PDF as a reader's search finds them: the glyphs that are drawn, by what their font's ToUnicode
 * table says of them, one line a text.
 */
export function pdfText(pdf: Buffer): string {
  const objects = new Map(
    [...pdf.toString('latin1').matchAll(/^(\d+) 0 obj\n([\s\S]*?)\nendobj/gm)].map((match) => [
      match[1] as string,
      match[2] as string,
    ]),
  );
  const page = [...objects.values()].find((object) => object.includes('/Type /Page\n')) ?? '';
  const content = streamOf(objects.get(/\/Contents (\d+)/.exec(page)?.[1] ?? ''));
  const letters = new Map(
    [...page.matchAll(/\/F(\d+) (\d+) 0 R/g)].map(([, name, object = '']) => {
      const table = /\/ToUnicode (\d+)/.exec(objects.get(object) ?? '')?.[1] ?? '';
      return [name, lettersOf(streamOf(objects.get(table)))];
    }),
  );
  return [...content.matchAll(/BT\n([\s\S]*?)\nET/g)]
    .map(([, body = '']) => {
      const font = letters.get(/\/F(\d+)/.exec(body)?.[1]);
      const glyphs = [...body.matchAll(/<([0-9A-Fa-f]+)>/g)].flatMap(
        ([, codes]) => codes?.match(/.{4}/g) ?? [],
      );
      return glyphs.map((code) => font?.get(Number.parseInt(code, 16)) ?? '?').join('');
    })
    .join('\n');
}

function streamOf(object = ''): string {
  const start = object.indexOf('stream\n') + 'stream\n'.length;
  return inflateSync(Buffer.from(object.slice(start), 'latin1')).toString('latin1');
}

/** What glyphs stand for: single ones, and ranges that count on. */
function lettersOf(table: string): Map<number, string> {
  const letters = new Map<number, string>();
  const number = (hex = '') => Number.parseInt(hex, 16);
  for (const [, glyph, letter] of table.matchAll(/^<(\w+)> <(\w+)>$/gm))
    letters.set(number(glyph), String.fromCodePoint(number(letter)));
  for (const [, first, last, letter] of table.matchAll(/^<(\w+)> <(\w+)> <(\w+)>$/gm)) {
    for (let glyph = number(first); glyph <= number(last); glyph++)
      letters.set(glyph, String.fromCodePoint(number(letter) + glyph - number(first)));
  }
  return letters;
}
