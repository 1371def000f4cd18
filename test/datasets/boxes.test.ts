import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { parseAnnotation } from '../../src/datasets/annotation.js';
import { type BoxConvention, boxesOf, readBoxes } from '../../src/datasets/boxes.js';
import { prepareImage } from '../../src/datasets/image.js';
import { placeBox } from '../../src/datasets/placement.js';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';
import { InputError } from '../../src/errors.js';
import { annotationXml, jpeg, makeTree } from './tree.js';

const voc: BoxConvention = { firstPixel: 1, keys: ['cat', 'dog'] };
const ilsvrc: BoxConvention = { firstPixel: 0, keys: ['cat', 'dog'] };
const size = (width: number, height: number, orientation = 1) => ({
  stored: { width, height },
  upright: orientation >= 5 ? { width: height, height: width } : { width, height },
  orientation,
});
const boxes = (objects: Parameters<typeof annotationXml>[2], convention = voc, image = size(100, 50)) =>
  boxesOf(parseAnnotation(annotationXml('a', [100, 50], objects), 'a.xml'), image, convention, 'a.xml');

describe('boxesOf', () => {
  it('turns inclusive pixels into half-open edges: VOC counts from 1, ILSVRC from 0', () => {
    expect(boxes([{ box: [1, 1, 100, 50] }])).toEqual([
      { label: 1, difficult: false, truncated: false, left: 0, top: 0, right: 100, bottom: 50 },
    ]);
    expect(boxes([{ box: [11, 21, 11, 30], name: 'cat', difficult: 1, truncated: 1 }])).toEqual([
      { label: 0, difficult: true, truncated: true, left: 10, top: 20, right: 11, bottom: 30 },
    ]);
    expect(boxes([{ box: [0, 0, 99, 49] }], ilsvrc)).toMatchObject([
      { left: 0, top: 0, right: 100, bottom: 50 },
    ]);
  });

  it('clips an edge that oversteps by the pixel in which tools differ', () => {
    expect(boxes([{ box: [0, 0, 101, 51] }])).toMatchObject([{ left: 0, top: 0, right: 100, bottom: 50 }]);
    expect(boxes([{ box: [1, 1, 100, 50] }], ilsvrc)).toMatchObject([
      { left: 1, top: 1, right: 100, bottom: 50 },
    ]);
  });

  it.each([
    ['min > max in x', [20, 1, 10, 5]],
    ['min > max in y', [1, 20, 10, 5]],
    ['a negative edge', [-1, 1, 10, 5]],
    ['an edge to the right of the image', [1, 1, 102, 5]],
    ['an edge below the image', [1, 1, 10, 52]],
    ['a box elsewhere', [1000, 1000, 1010, 1010]],
  ] as const)('refuses %s and names file, box and size', (_, box) => {
    expect(() => boxes([{}, { box }])).toThrow(InputError);
    expect(() => boxes([{}, { box }])).toThrow(
      `box of 'dog' (a.xml): expected min <= max inside 100 x 50, got x ${box[0]}..${box[2]}, y ${box[1]}..${box[3]}`,
    );
  });

  it('refuses an unknown class', () => {
    expect(() => boxes([{ name: 'unicorn' }])).toThrow("annotation (a.xml): unknown class 'unicorn'");
  });

  it('refuses an annotation of another size', () => {
    expect(() => boxes([], voc, size(100, 51))).toThrow(
      'annotation for another image (a.xml): expected size 100 x 51, got 100 x 50',
    );
  });

  it('takes boxes of an annotation that already describes the upright image as they are', () => {
    expect(boxes([{ box: [11, 21, 30, 40] }], voc, size(50, 100, 6))).toMatchObject([
      { left: 10, top: 20, right: 30, bottom: 40 },
    ]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'follows pixels through EXIF orientation %i into the network',
    async (orientation) => {
      // A red rectangle at x 8..31, y 16..23 of a stored 64 x 32 image: its box must frame it in the network's pixels.
      const pixels = Buffer.alloc(64 * 32 * 3, 255);
      for (let y = 16; y < 24; y++) for (let x = 8; x < 32; x++) pixels.set([255, 0, 0], (y * 64 + x) * 3);
      const file = await sharp(pixels, { raw: { width: 64, height: 32, channels: 3 } })
        .withMetadata({ orientation })
        .png()
        .toBuffer();
      const annotation = annotationXml('a', [64, 32], [{ box: [9, 17, 32, 24] }]);
      const root = makeTree({ 'a.png': file, 'a.xml': annotation });
      const [box] = await readBoxes(join(root, 'a.png'), join(root, 'a.xml'), voc);
      const shape = orientation >= 5 ? [3, 64, 32] : [3, 32, 64];
      const prepared = await prepareImage(file, preprocessingSchema.parse({}), shape);
      const placed = placeBox(box as NonNullable<typeof box>, prepared.placement);
      const [, height, width] = shape as [number, number, number];
      const red = { left: width, top: height, right: 0, bottom: 0 };
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          if (prepared.pixels[(y * width + x) * 3 + 1] !== 0) continue;
          red.left = Math.min(red.left, x);
          red.top = Math.min(red.top, y);
          red.right = Math.max(red.right, x + 1);
          red.bottom = Math.max(red.bottom, y + 1);
        }
      }
      expect(placed).toMatchObject(red);
    },
  );
});

describe('an annotation that leaves out what the image knows', () => {
  const without = (image: ReturnType<typeof size>) =>
    boxesOf(
      parseAnnotation(annotationXml('a', [0, 0], [{ box: [11, 21, 30, 40] }]), 'a.xml'),
      image,
      voc,
      'a.xml',
    );

  it('has the size of the image', () => {
    expect(without(size(100, 50))).toMatchObject([{ left: 10, top: 20, right: 30, bottom: 40 }]);
    expect(() => without(size(100, 38))).toThrow('expected min <= max inside 100 x 38');
  });

  it('is refused where the image is turned, since boxes may have been drawn in either position', () => {
    expect(() => without(size(100, 50, 6))).toThrow(
      'annotation (a.xml): expected a size, since the image is turned by its EXIF orientation (6), got none',
    );
  });
});

it('a class that stands twice among the labels cannot be annotated', () => {
  expect(() => boxes([{ name: 'crane' }], { firstPixel: 1, keys: ['crane', 'dog', 'crane'] })).toThrow(
    "annotation (a.xml): 'crane' names several classes, 0 and 2",
  );
});

describe('readBoxes', () => {
  const read = async (filename: string, others: Record<string, string> = {}) => {
    const root = makeTree({
      '1.jpg': await jpeg(4, 4),
      '1.xml': annotationXml(filename, [4, 4], [{}]),
      ...others,
    });
    return readBoxes(join(root, '1.jpg'), join(root, '1.xml'), voc);
  };

  it.each(['%s', '', 'before-renaming.jpg', '../../1.png', '/tmp/2', '..', '1.JPEG'])(
    'does not mind what the annotation calls the image: %j',
    async (filename) => {
      expect(await read(filename)).toMatchObject([{ left: 0, top: 0, right: 2, bottom: 2 }]);
    },
  );

  it('refuses an annotation whose file name is another image there', async () => {
    await expect(read('2.jpg', { '2.jpg': 'x' })).rejects.toThrow(
      /annotation for another image \(.*1.xml\): expected 1, got 2/,
    );
  });
});
