import { describe, expect, it } from 'vitest';
import type { Box } from '../../src/datasets/boxes.js';
import type { PlacedMask } from '../../src/datasets/masks.js';
import { placeImage } from '../../src/datasets/placement.js';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';
import { targetsOf } from '../../src/evaluation/targets.js';
import { layoutOf } from '../../src/input/layout.js';
import { experimentOf } from '../results/hand-made.js';

const OUTPUTS = ['cat', 'dog', 'bird'].map((name, index) => ({ name, indices: [index] }));

/** An image of 8 x 8 pixels, of which the network sees the inner 4 x 4, and which it takes for a dog. */
async function chosen(
  config: Record<string, unknown>,
  {
    boxes = [],
    labels = [],
    masks = {},
  }: { boxes?: Box[]; labels?: number[]; masks?: Record<number, PlacedMask> } = {},
) {
  const preprocessing = preprocessingSchema.parse({ resize: [8, 8], crop: 4 });
  const input = new Float32Array(48);
  const placement = placeImage({ width: 8, height: 8 }, preprocessing, { width: 4, height: 4 });
  const image = {
    sample: { id: 'a', path: 'a.png', labels },
    prepared: { input, placement, range: { low: [0], high: [1], mean: [0] } },
    layout: layoutOf([3, 4, 4]),
    scorer: {
      outputs: OUTPUTS,
      ofClass: (index: number) => OUTPUTS[index],
      scores:
        (logits: Float32Array) =>
        ({ indices: [index = 0] }: { indices: readonly number[] }) =>
          logits[index] as number,
      weights: () => undefined,
      decides: true,
    },
    logits: Float32Array.of(1, 3, 2),
    boxes: async () => boxes,
    mask: async (label: number) => masks[label],
  };
  const { targets, unmeasured } = await targetsOf(image, experimentOf(config));
  return {
    targets: targets.map(({ output, followed, areas }) => [output.name, followed, [...areas.keys()]]),
    masks: targets.map(({ areas }) => areas.get('boxes')?.mask.inside.reduce((a, b) => a + b, 0)),
    unmeasured: unmeasured.map((one) => `${one.class}: ${one.reason}`),
  };
}

/** A box that covers 2 x 2 of the pixels that the network sees. */
const box = (label: number, rest: Partial<Box> = {}): Box => ({
  label,
  left: 2,
  top: 2,
  right: 4,
  bottom: 4,
  difficult: false,
  truncated: false,
  ...rest,
});

describe('whom to explain', () => {
  it('the predicted class, or the true one where its score is followed', async () => {
    expect((await chosen({})).targets).toEqual([['dog', true, []]]);
    const truth = { perturbation: { target: 'true' } };
    expect((await chosen(truth, { labels: [2] })).targets).toEqual([['bird', true, []]]);
    await expect(chosen(truth)).rejects.toThrow("a: target 'true' needs a label, got none");
  });

  it('with boxes, every annotated class, and no other unless a score is followed', async () => {
    const boxes = [box(2), box(0), box(0, { left: 4, right: 6 })];
    const { targets, masks } = await chosen({ boxes: {} }, { boxes });
    expect(targets).toEqual([
      ['cat', false, ['boxes']],
      ['bird', false, ['boxes']],
    ]);
    expect(masks).toEqual([8, 4]);
    // Perturbation follows the predicted class, and so does what asks how robust its heatmap is.
    for (const following of [{ perturbation: {} }, { robustness: { removals: 0 } }]) {
      expect((await chosen({ boxes: {}, ...following }, { boxes })).targets).toEqual([
        ['dog', true, []],
        ['cat', false, ['boxes']],
        ['bird', false, ['boxes']],
      ]);
    }
  });

  it('a class that is annotated and followed stands once', async () => {
    const boxes = [box(0), box(1)];
    expect((await chosen({ boxes: {}, perturbation: {} }, { boxes })).targets).toEqual([
      ['cat', false, ['boxes']],
      ['dog', true, ['boxes']],
    ]);
  });

  it('not what is not predicted, difficult only or cropped away; it says so', async () => {
    const boxes = [box(0, { difficult: true }), box(1, { left: 0, right: 2 }), box(2)];
    expect(await chosen({ boxes: {} }, { boxes })).toMatchObject({
      targets: [['bird', false, ['boxes']]],
      unmeasured: ['cat: only difficult boxes', 'dog: boxes cropped away'],
    });
    expect(
      await chosen({ boxes: { difficult: true, targets: 'annotated-and-predicted' } }, { boxes }),
    ).toMatchObject({
      targets: [],
      unmeasured: ['cat: not predicted', 'dog: boxes cropped away', 'bird: not predicted'],
    });
  });

  it('takes masks for boxes where it is told to, of classes that have one', async () => {
    const maskOf = (...places: number[]): PlacedMask => ({
      inside: Uint8Array.from({ length: 16 }, (_, i) => (places.includes(i) ? 1 : 0)),
      unclear: new Uint8Array(16),
    });
    const cropped = box(0, { left: 0, right: 1 });
    const found = await chosen(
      { boxes: { inside: 'masks' } },
      { boxes: [cropped, box(1), box(2)], masks: { 0: maskOf(1, 2, 6), 2: maskOf() } },
    );
    expect(found).toMatchObject({
      targets: [['cat', false, ['boxes']]],
      masks: [3],
      unmeasured: ['dog: no mask', 'bird: no pixel of the mask in the input'],
    });
  });
});
