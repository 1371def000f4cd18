import { expect, test } from 'vitest';
import type { Gallery } from '../../../src/report/html/data.js';
import { galleryCard } from '../../../src/report/html/gallery.js';
import { galleryImage, METHODS, reportData } from './sample.js';

const gallery = reportData([]).gallery as Gallery;

/** The line below an image's name, without tags. */
async function labelsOf(changes: { predicted?: string; explained?: string }): Promise<string> {
  const card = await galleryCard({ ...galleryImage(1, 'horse'), ...changes }, gallery, METHODS, 0);
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
