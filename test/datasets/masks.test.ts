import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  type LabelMap,
  placeMask,
  readClassMask,
  readLabelMap,
  readObjectMask,
} from '../../src/datasets/masks.js';
import { openDataset } from '../../src/datasets/open.js';
import { placeImage } from '../../src/datasets/placement.js';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';
import { annotationXml, jpeg, makeTree } from './tree.js';

/** Colours that VOC's devkit gives indices 0, 1, 2, 7, 15, 20 and 255. */
const COLOURS: Record<number, [number, number, number]> = {
  0: [0, 0, 0],
  1: [128, 0, 0],
  2: [0, 128, 0],
  7: [128, 128, 128],
  15: [192, 128, 128],
  20: [0, 64, 128],
  255: [224, 224, 192],
};

const coloured = (width: number, indices: readonly number[], palette = false) =>
  sharp(Buffer.from(indices.flatMap((index) => COLOURS[index] ?? [1, 2, 3])), {
    raw: { width, height: indices.length / width, channels: 3 },
  })
    .png({ palette })
    .toBuffer();

const grey = (width: number, indices: readonly number[]) =>
  sharp(Buffer.from(indices), { raw: { width, height: indices.length / width, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();

const INDICES = [0, 1, 2, 7, 15, 20, 255, 0];

describe('readLabelMap', () => {
  it('reads a palette, colours and grey values alike', async () => {
    const root = makeTree({
      'palette.png': await coloured(4, INDICES, true),
      'colours.png': await coloured(4, INDICES),
      'grey.png': await grey(4, INDICES),
    });
    for (const name of ['palette.png', 'colours.png', 'grey.png']) {
      const map = await readLabelMap(join(root, name));
      expect([map.width, map.height, [...map.indices]]).toEqual([4, 2, INDICES]);
    }
  });

  it('refuses other pictures in one line', async () => {
    const root = makeTree({
      'odd.png': await coloured(2, [0, 99]),
      'photo.jpg': await jpeg(4, 4),
      'broken.png': (await coloured(2, [0, 1])).subarray(0, 40),
    });
    await expect(readLabelMap(join(root, 'odd.png'))).rejects.toThrow(
      /mask \(.*odd.png, pixel 1, 0\): expected a colour of PASCAL VOC, or grey values, got red 1, green 2, blue 3/,
    );
    await expect(readLabelMap(join(root, 'photo.jpg'))).rejects.toThrow(/expected a PNG, got jpeg/);
    await expect(readLabelMap(join(root, 'broken.png'))).rejects.toThrow(
      /not a readable mask \(.*broken.png\)/,
    );
  });
});

describe('placeMask', () => {
  // A 4 x 2 image: class 1 in the left half, its border unclear.
  const map: LabelMap = { width: 4, height: 2, indices: Uint8Array.of(1, 255, 0, 0, 1, 1, 0, 2) };
  const placed = (preprocessing: object, side: number, index = 1) =>
    placeMask(
      map,
      index,
      placeImage({ width: 4, height: 2 }, preprocessingSchema.parse(preprocessing), {
        width: side,
        height: side,
      }),
    );

  it('takes the pixel at the centre, warped', () => {
    expect([...placed({}, 4).inside]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0]);
    expect([...placed({}, 4).unclear]).toEqual([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...placed({}, 4, 2).inside].lastIndexOf(1)).toBe(15);
  });

  it('follows a crop, and padding is outside', () => {
    expect([...placed({ crop: 2 }, 2).inside]).toEqual([0, 0, 1, 0]);
    const padded = placed({ crop: 4 }, 4).inside;
    expect([...padded]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  it('refuses a mask of another size', () => {
    const other = placeImage({ width: 4, height: 3 }, preprocessingSchema.parse({}), { width: 4, height: 4 });
    expect(() => placeMask(map, 1, other)).toThrow('expected 4 x 3 pixels, got 4 x 2');
  });
});

it('a sample of PASCAL VOC knows its segmentation, where it has one', async () => {
  const root = makeTree({
    'JPEGImages/a.jpg': await jpeg(4, 2),
    'JPEGImages/b.jpg': await jpeg(4, 2),
    'Annotations/a.xml': annotationXml('a.jpg', [4, 2], [{ name: 'bicycle' }, { name: 'aeroplane' }]),
    'Annotations/b.xml': annotationXml('b.jpg', [4, 2], [{ name: 'bicycle' }]),
    'ImageSets/Main/test.txt': 'a\nb\n',
    'SegmentationClass/a.png': await coloured(4, [0, 1, 1, 255, 0, 2, 2, 2], true),
    'SegmentationObject/a.png': await coloured(4, [0, 2, 2, 255, 0, 1, 1, 1], true),
  });
  const { samples } = await openDataset({ type: 'voc', root });
  const placement = placeImage({ width: 4, height: 2 }, preprocessingSchema.parse({ resize: [4, 2] }), {
    width: 4,
    height: 2,
  });
  const [a, b] = samples as [(typeof samples)[0], (typeof samples)[0]];
  const aeroplane = await readClassMask(a, 0, placement);
  expect([...(aeroplane?.inside ?? [])]).toEqual([0, 1, 1, 0, 0, 0, 0, 0]);
  expect([...(aeroplane?.unclear ?? [])]).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
  // The first annotated object is the bicycle.
  expect(await readObjectMask(a, 0, placement)).toEqual(await readClassMask(a, 1, placement));
  expect(await readClassMask(b, 0, placement)).toBeUndefined();
});
