import sharp from 'sharp';
import { expect, test } from 'vitest';
import type { Gallery, Method } from '../../../src/report/html/data.js';
import { disagreement, galleryCard, galleryControls } from '../../../src/report/html/gallery.js';
import { drawHeatmaps, finenessFor, paletteOf } from '../../../src/report/html/gallery-pictures.js';
import { galleryImage, generator, OF_ONE, reportData } from './sample.js';

const report = reportData([]);
const gallery = report.gallery as Gallery;

/** The line below an image's name, without tags. */
async function labelsOf(changes: { predicted?: string; explained?: string }): Promise<string> {
  const card = await galleryCard({ ...galleryImage(1, 'horse'), ...changes }, gallery, OF_ONE, 0);
  const [, line = ''] = /<p class="labels">(.*?)<\/p>/.exec(String(card)) ?? [];
  return line.replace(/<[^>]*>/g, '');
}

test('a card says what differs from the label: the prediction, and what its heatmaps explain', async () => {
  expect(await labelsOf({ explained: 'horse' })).toBe('horse');
  expect(await labelsOf({ predicted: 'dog', explained: 'horse' })).toBe('horse · predicted as dog');
  expect(await labelsOf({ predicted: 'dog', explained: 'dog' })).toBe(
    'horse · predicted as dog · heatmaps of dog',
  );
});

test('disagreement is the share of regions that pairs of methods do not have in common', () => {
  const result = (...order: number[]) => ({ morf: { order, scores: [] } });
  expect(disagreement([result(1, 2), result(2, 1)])).toBe(0);
  expect(disagreement([result(1, 2), result(3, 4)])).toBe(1);
  // Shares of the three pairs: 1/2, 1, 1/2.
  expect(disagreement([result(1, 2), result(2, 3), result(3, 4)])).toBeCloseTo(2 / 3, 12);
  expect(disagreement([result(1), undefined, {}])).toBeUndefined();
});

test('a gallery without perturbations, and one of several networks, speaks of none', () => {
  const perturbations = /AOPC|[Dd]isagreement|replaced/;
  expect(String(galleryControls(gallery, report.methods, true))).toMatch(/AOPC of random.*Disagreement is.*that replaced them/s); // biome-ignore format: one line
  expect(String(galleryControls(gallery, report.methods, false))).not.toMatch(perturbations);
  const methods = OF_ONE.map((method) => ({ ...method, network: 'net' }));
  expect(String(galleryControls(gallery, methods, true))).not.toMatch(perturbations);
});

test('of several networks a card has a row each, and a method one scale on all of them', async () => {
  const methods: Method[] = ['net', 'other'].flatMap((network) =>
    ['a', 'b'].map((name) => ({ label: `${name} · ${network}`, name, network })),
  );
  const results = [1, 2, 30, 4].map((largest) => ({
    map: { values: Float32Array.of(largest, -largest, 0, 0), rows: 2, columns: 2, signed: true },
  }));
  const card = String(await galleryCard({ ...galleryImage(1, 'horse'), results }, gallery, methods, 0));
  const rows = card.split('<h4>').slice(1);
  expect(rows.map((row) => row.match(/alt="heatmap of [ab] · \w+/g))).toEqual([
    ['alt="heatmap of a · net', 'alt="heatmap of b · net'],
    ['alt="heatmap of a · other', 'alt="heatmap of b · other'],
  ]);
  const limits = Array.from(card.matchAll(/data-limit="(\d+)"/g), ([, limit]) => Number(limit));
  expect(limits).toEqual([30, 4, 30, 4]);
});

test('every shade has a colour of its own, by which a picture gives its values back', async () => {
  const random = generator(3);
  for (const heatmaps of [1, 2000]) {
    const fineness = finenessFor(heatmaps, 224, 224);
    const { shades } = fineness;
    expect(shades).toBe(heatmaps === 1 ? 100 : 15);
    for (const signed of [true, false]) {
      const palette = paletteOf(shades, signed);
      expect(new Set(palette).size).toBe(signed ? 2 * shades + 1 : shades + 1);
      const values = Float32Array.from({ length: 64 }, () => 2 * random() - (signed ? 1 : 0));
      const subject = { data: new Uint8Array(192), width: 8, height: 8 };
      const [drawn] = await drawHeatmaps([{ values, rows: 8, columns: 8, signed }], subject, fineness);
      const limit = drawn?.limit ?? 0;
      expect(limit).toBe(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
      const bytes = Buffer.from(drawn?.uri.split(',')[1] ?? '', 'base64');
      const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
      values.forEach((value, pixel) => {
        const at = palette.indexOf(data.subarray(pixel * 3, pixel * 3 + 3).toString('hex'));
        const read = ((at - (signed ? shades : 0)) / shades) * limit;
        expect(Math.abs(read - value)).toBeLessThanOrEqual((0.5 / shades + 1e-6) * limit);
      });
    }
  }
});
