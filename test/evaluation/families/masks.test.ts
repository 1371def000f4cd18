import { expect, it } from 'vitest';
import { boxes } from '../../../src/evaluation/families/boxes/index.js';
import type { ExplainedClass } from '../../../src/evaluation/families/explained-class.js';

it('pixels of which the mask says nothing count neither inside nor outside, and hit nothing', async () => {
  // 3 x 3: the largest value is not clear, nor is a small one.
  const values = Float32Array.of(4, 1, 9, 2, 1, 0.5, 1, 0, 1);
  const mask = {
    inside: Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0, 0),
    unclear: Uint8Array.of(0, 0, 1, 0, 0, 1, 0, 0, 0),
  };
  const metrics = ['outside-inside', 'inside-total', 'rank-accuracy', 'pointing-game', 'iou', 'pixel-auc'];
  const config = boxes.schema.parse({ inside: 'masks', metrics, tolerance: 0 });
  const maps = [{ method: 'm', values, rows: 3, columns: 3, signed: true }];
  const explained = { maps, mask, prepared: {} } as unknown as ExplainedClass;
  const measured = await boxes.measure(explained, config as never);
  expect(measured.explanations).toEqual([
    {
      outside_inside: 1 / 2.5,
      inside_total: 0.5, // 5 of the 10 that are clear
      rank_accuracy: 0.5, // 4 and 2 are the largest two
      pointing_game: 1,
      iou: expect.closeTo(1 / 3, 8), // above 10 / 7: 4 and 2
      pixel_auc: expect.closeTo((5 + 1 + 3 / 2) / 10, 9), // 4 beats all five; 1 beats 0, ties with three
      mean_outside: 1,
      mean_inside: 2.5,
    },
  ]);
});
