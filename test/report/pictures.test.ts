import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Heatmap } from '../../src/input/heatmap.js';
import { canvasOf, encodePng, FONT, fitText } from '../../src/report/canvas.js';
import { shortNumber, threeDigits } from '../../src/report/numbers.js';
import { overlayPixels } from '../../src/report/panels.js';
import { comparisonPicture, heatmapPng } from '../../src/report/pictures.js';
import { start } from '../cli/heatproof.js';

const DARK_RED = [0x67, 0x00, 0x1f];
const DARK_BLUE = [0x05, 0x30, 0x61];
const image = { data: new Uint8Array([255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30]), width: 2, height: 2 };
const relevance: Heatmap = { values: Float32Array.of(1, -1, 0, 0.5), rows: 2, columns: 2, signed: true };

async function decode(png: Buffer) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)],
  };
}

test('pixels keep their colours on the way through a canvas to a PNG without transparency', async () => {
  const picture = await decode(await encodePng(canvasOf(image)));
  expect([picture.width, picture.height, picture.channels]).toEqual([2, 2, 3]);
  expect(picture.at(0, 0)).toEqual([255, 0, 0]);
  expect(picture.at(1, 0)).toEqual([0, 255, 0]);
  expect(picture.at(1, 1)).toEqual([10, 20, 30]);
});

test('a bare heatmap is a pixel a value', async () => {
  const picture = await decode(await heatmapPng(relevance, 1));
  expect([picture.width, picture.height]).toEqual([2, 2]);
  expect(picture.at(0, 0)).toEqual(DARK_RED);
  expect(picture.at(1, 0)).toEqual(DARK_BLUE);
  expect(picture.at(0, 1)).toEqual([255, 255, 255]);
});

test('the picture shows the input and each heatmap at its place, enlarged in squares', async () => {
  const picture = await decode(
    await comparisonPicture({
      columns: ['lrp-zplus', 'lrp-epsilon-1e-6'],
      rows: [{ subject: image, maps: [relevance, undefined] }],
      percentile: 100,
      ratio: 1,
    }),
  );
  expect(picture.width).toBe(2 * 16 + 3 * 224 + 2 * 12);
  expect(picture.height).toBe(16 + 20 + 224 + 26 + 16);
  const [left, top, half] = [16, 16 + 20, 112];
  expect(picture.at(left + 50, top + 50)).toEqual([255, 0, 0]);
  const second = left + 224 + 12;
  expect(picture.at(second + half - 2, top + half - 2)).toEqual(DARK_RED);
  expect(picture.at(second + half + 2, top + half - 2)).toEqual(DARK_BLUE);
  expect(picture.at(second + half - 2, top + half + 2)).toEqual([255, 255, 255]);
  expect(picture.at(second + 236 + 50, top + 50)).toEqual([255, 255, 255]);
});

test('a picture of many methods or of a tall input has fewer pixels a unit, and is drawn', async () => {
  const columns = Array.from({ length: 400 }, (_, method) => `method ${method}`);
  const maps = columns.map(() => relevance);
  const many = await sharp(await comparisonPicture({ columns, rows: [{ subject: image, maps }] })).metadata();
  const tall = { data: new Uint8Array(3 * 5000), width: 1, height: 5000 };
  const one = { columns: ['a'], rows: [{ subject: tall, maps: [relevance] }] };
  const long = await sharp(await comparisonPicture(one)).metadata();
  for (const { width = 0, height = 0 } of [many, long]) {
    expect(width * height).toBeGreaterThan(35e6);
    expect(width * height).toBeLessThan(41e6);
  }
});

test('a common scale colours equal values alike, scales of their own do not', async () => {
  const strong: Heatmap = { ...relevance, values: Float32Array.of(2, -1, 0, 1) };
  const sheet = { columns: ['a'], percentile: 100, ratio: 1 };
  const rows = [relevance, strong].map((map) => ({ subject: image, maps: [map] }));
  const place = (row: number): [number, number] => [16 + 236 + 50, 16 + 20 + 50 + row * (224 + 26 + 12)];
  const alike = await decode(await comparisonPicture({ ...sheet, rows, scale: 'sheet' }));
  expect(alike.at(...place(1))).toEqual(DARK_RED);
  expect(alike.at(...place(0))).not.toEqual(DARK_RED);
  const apart = await decode(await comparisonPicture({ ...sheet, rows }));
  expect([apart.at(...place(0)), apart.at(...place(1))]).toEqual([DARK_RED, DARK_RED]);
});

test('heatmaps beyond a line continue on the next, as many on each; rows after the first do not repeat the captions', async () => {
  const sized = async (columns: number, rows: number) => {
    const sheet = {
      columns: Array.from({ length: columns }, (_, i) => `method ${i}`),
      rows: Array.from({ length: rows }, () => ({ subject: image, maps: [relevance] })),
      ratio: 1,
    };
    const { width, height } = await decode(await comparisonPicture(sheet));
    return [width, height];
  };
  const width = (maps: number) => 2 * 16 + (1 + maps) * 224 + maps * 12;
  const line = 20 + 224 + 26;
  expect(await sized(5, 1)).toEqual([width(5), 32 + line]);
  expect(await sized(7, 1)).toEqual([width(4), 32 + 2 * line + 12]);
  expect(await sized(1, 3)).toEqual([width(1), 32 + 3 * line + 2 * 12 - 2 * 20]);
});

test('endless labels stay inside the picture', async () => {
  const label = 'great white shark, white shark, man-eater, '.repeat(30);
  const sheet = {
    title: label,
    classes: [1, 2, 3, 4, 5].map((score) => ({ label, score })),
    columns: [label],
    rows: [{ label, subject: image, maps: [relevance] }],
    ratio: 1,
  };
  const picture = await decode(await comparisonPicture(sheet));
  expect(picture.width).toBe(32 + 2 * 224 + 12);
  for (let y = 0; y < picture.height; y++) {
    expect(picture.at(4, y)).toEqual([255, 255, 255]);
    expect(picture.at(picture.width - 4, y)).toEqual([255, 255, 255]);
  }
});

test('a signal is drawn over strips in the colours of its relevance', async () => {
  const picture = await decode(
    await comparisonPicture({
      columns: ['lrp-zplus'],
      rows: [
        {
          subject: { values: Float32Array.of(1, 1), channels: 1 },
          maps: [{ values: Float32Array.of(1, -1), rows: 1, columns: 2, signed: true }],
        },
      ],
      ratio: 1,
    }),
  );
  expect(picture.at(16 + 236 + 50, 36 + 70)).toEqual(DARK_RED);
  expect(picture.at(16 + 236 + 170, 36 + 70)).toEqual(DARK_BLUE);
});

test('the overlay shows the image in grey where nothing is relevant', () => {
  const { data } = overlayPixels(image, relevance, 1);
  expect([...data.subarray(0, 3)]).toEqual(DARK_RED);
  const [red, green, blue] = data.subarray(6, 9);
  expect([green, blue]).toEqual([red, red]);
});

test('the overlay stretches a heatmap of another size to the image', () => {
  const coarse: Heatmap = { values: Float32Array.of(1, -1), rows: 2, columns: 1, signed: true };
  const { data } = overlayPixels(image, coarse, 1);
  expect([...data]).toEqual([...DARK_RED, ...DARK_RED, ...DARK_BLUE, ...DARK_BLUE]);
});

test('text is drawn by the shipped font, with a glyph for letters of many languages', async () => {
  const context = canvasOf(image).getContext('2d');
  context.font = `40px "${FONT}"`;
  // A missing glyph is drawn as the same box for every letter.
  expect(
    new Set(['i', 'm', 'ß', 'Ж', 'Σ', '−'].map((letter) => context.measureText(letter).width)).size,
  ).toBe(6);
  expect(context.measureText('m').width).toBeCloseTo(40 * 0.974, 0);
});

test('a picture is the same on a machine without fonts', async () => {
  const sheet =
    "{ title: 'explained: mug', columns: [], rows: [{ subject: { data: new Uint8Array(12), width: 2, height: 2 }, maps: [] }] }";
  const script = `import('./dist/report/pictures.js').then(async ({ comparisonPicture }) =>
    console.log((await comparisonPicture(${sheet})).toString('base64')))`;
  const drawn = async (env: Record<string, string>) => start([process.execPath, '-e', script], { env }).ended;
  const here = await drawn({});
  expect(here).toMatchObject({ code: 0, stdout: expect.stringMatching(/^iVBOR/) });
  expect(await drawn({ DISABLE_SYSTEM_FONTS_LOAD: '1' })).toEqual(here);
});

test('text is shortened to the width with an ellipsis, and only then', () => {
  const context = canvasOf(image).getContext('2d');
  context.font = `12px "${FONT}"`;
  expect(fitText(context, 'short', 100)).toBe('short');
  const cut = fitText(context, 'a long label that does not fit', 100);
  expect(cut).toMatch(/^a long.*…$/);
  expect(context.measureText(cut).width).toBeLessThanOrEqual(100);
  expect(context.measureText(cut).width).toBeGreaterThan(85);
  expect(fitText(context, '🐈'.repeat(50), 60)).toMatch(/^(🐈)*…$/u);
});

test.each([
  [0, '0'],
  [12.3456, '12.3'],
  [-0.25, '−0.25'],
  [1234.5, '1230'],
  [0.00012, '1.2e−4'],
  [-3.2e7, '−3.2e7'],
])('%d reads %s', (value, text) => {
  expect(shortNumber(value)).toBe(text);
});

test.each([
  [0, '0'],
  [-7, '−7.00'],
  [12.0456, '12.0'],
  [1234.5, '1230'],
  [0.00012, '1.2e−4'],
])('%d reads %s among its like', (value, text) => {
  expect(threeDigits(value)).toBe(text);
});
