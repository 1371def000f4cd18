import { describe, expect, it } from 'vitest';
import { placeBox, placeImage } from '../../src/datasets/placement.js';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';

const place = (width: number, height: number, preprocessing: object, input = { width: 224, height: 224 }) =>
  placeImage({ width, height }, preprocessingSchema.parse(preprocessing), input);
const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom });

describe('placeImage', () => {
  it('warps to 256 x 256 and crops 224 out of the middle', () => {
    expect(place(512, 128, { resize: [256, 256], crop: 224 })).toEqual({
      original: { width: 512, height: 128 },
      resized: { width: 256, height: 256 },
      network: { width: 224, height: 224 },
      scaleX: 0.5,
      scaleY: 2,
      left: 16,
      top: 16,
    });
  });

  it('rounds an odd crop offset down, as Caffe does', () => {
    expect(place(500, 375, { resize: [256, 256], crop: 227 })).toMatchObject({ left: 14, top: 14 });
  });

  it.each([
    // torchvision.transforms.Resize(256): the longer side is int(256 * longer / shorter).
    [500, 375, { width: 341, height: 256 }],
    [375, 500, { width: 256, height: 341 }],
    [256, 256, { width: 256, height: 256 }],
    [100, 33, { width: 775, height: 256 }],
  ])('scales the shorter side of %i x %i', (width, height, resized) => {
    expect(place(width, height, { resize: { shortest: 256 }, crop: 224 }).resized).toEqual(resized);
  });

  it('warps to the network without resize and crop', () => {
    expect(place(448, 112, {})).toMatchObject({ scaleX: 0.5, scaleY: 2, left: 0, top: 0 });
  });

  it('pads an image smaller than the crop', () => {
    expect(place(200, 301, { crop: 224 })).toMatchObject({ scaleX: 1, scaleY: 1, left: -12, top: 38 });
  });
});

describe('placeBox', () => {
  it('follows warp and crop exactly', () => {
    // x: 100 * .5 - 16 = 34, 300 * .5 - 16 = 134; y: 20 * 2 - 16 = 24, 60 * 2 - 16 = 104.
    const placement = place(512, 128, { resize: [256, 256], crop: 224 });
    expect(placeBox(box(100, 20, 300, 60), placement)).toEqual(box(34, 24, 134, 104));
  });

  it('follows shortest-side scaling with both real scales', () => {
    // 500 x 375 -> 341 x 256, crop 224: left floor(117 / 2) = 58, top 16; scales 341 / 500 and 256 / 375.
    const placed = placeBox(
      box(250, 75, 350, 150),
      place(500, 375, { resize: { shortest: 256 }, crop: 224 }),
    );
    expect(placed?.left).toBeCloseTo(112.5, 10);
    expect(placed?.right).toBeCloseTo(180.7, 10);
    expect(placed?.top).toBeCloseTo(35.2, 10);
    expect(placed?.bottom).toBeCloseTo(86.4, 10);
  });

  it('clips at the border of the crop', () => {
    const placement = place(256, 256, { crop: 224 });
    expect(placeBox(box(0, 0, 256, 256), placement)).toEqual(box(0, 0, 224, 224));
    expect(placeBox(box(0, 100, 17, 101), placement)).toEqual(box(0, 84, 1, 85));
    expect(placeBox(box(239, 239, 256, 256), placement)).toEqual(box(223, 223, 224, 224));
  });

  it('says when a box is cropped away, touching edges included', () => {
    const placement = place(256, 256, { crop: 224 });
    expect(placeBox(box(0, 0, 16, 256), placement)).toBeUndefined();
    expect(placeBox(box(240, 0, 256, 256), placement)).toBeUndefined();
    expect(placeBox(box(0, 0, 256, 16), placement)).toBeUndefined();
    expect(placeBox(box(0, 240, 256, 256), placement)).toBeUndefined();
  });

  it('moves with padding', () => {
    expect(placeBox(box(0, 38, 200, 262), place(200, 301, { crop: 224 }))).toEqual(box(12, 0, 212, 224));
  });

  it('keeps what else a box carries', () => {
    const labelled = { ...box(0, 0, 10, 10), label: 7, difficult: true };
    expect(placeBox(labelled, place(224, 224, {}))).toEqual(labelled);
  });
});
