import sharp from 'sharp';
import { InputError, messageOf, mismatch } from '../errors.js';
import { LIMITS } from '../files/limits.js';
import { readUserFile } from '../files/user-file.js';
import type { Extent, Placement } from './placement.js';
import type { Sample } from './sample.js';

/** The index of every pixel of an image, row by row: 0 is no object, 255 (VOC's border) not clear. */
export interface LabelMap extends Extent {
  readonly indices: Uint8Array;
}

/** Where a class or an object is, at the resolution of a network's input, row by row: 1, else 0. */
export interface PlacedMask {
  readonly inside: Uint8Array;
  /** Pixels of which the annotation does not say whether they are inside. */
  readonly unclear: Uint8Array;
}

const UNCLEAR = 255;

/**
 * Reads a PNG of VOC's SegmentationClass or SegmentationObject: with VOC's palette, its colours, or the indices
 * themselves as grey values. Throws InputError for any other picture.
 */
export async function readLabelMap(path: string): Promise<LabelMap> {
  const { data, info } = await decode(path);
  const { width, height, channels } = info;
  const indices = new Uint8Array(width * height);
  for (let i = 0; i < indices.length; i++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(i * channels, (i + 1) * channels);
    const index = channels < 3 ? red : INDICES.get(colourKey(red, green, blue));
    if (index === undefined)
      throw mismatch({
        what: 'mask',
        where: `${path}, pixel ${i % width}, ${Math.floor(i / width)}`,
        expected: 'a colour of PASCAL VOC, or grey values',
        got: `red ${red}, green ${green}, blue ${blue}`,
      });
    indices[i] = index;
  }
  return { width, height, indices };
}

/**
 * Where the pixels of one index of a map lie in a network's input: an input pixel belongs to the original pixel at its
 * centre; padding belongs to none. Throws InputError when the map is not of the image's size.
 */
export function placeMask(map: LabelMap, index: number, placement: Placement): PlacedMask {
  const { original, network, scaleX, scaleY, left, top } = placement;
  if (map.width !== original.width || map.height !== original.height) {
    throw mismatch({
      what: 'mask',
      where: 'segmentation of an image',
      expected: `${original.width} x ${original.height} pixels`,
      got: `${map.width} x ${map.height}`,
    });
  }
  const inside = new Uint8Array(network.width * network.height);
  const unclear = new Uint8Array(inside.length);
  for (let y = 0; y < network.height; y++) {
    const row = Math.floor((y + 0.5 + top) / scaleY);
    if (row < 0 || row >= map.height) continue;
    for (let x = 0; x < network.width; x++) {
      const column = Math.floor((x + 0.5 + left) / scaleX);
      if (column < 0 || column >= map.width) continue;
      const found = map.indices[row * map.width + column];
      if (found === index) inside[y * network.width + x] = 1;
      else if (found === UNCLEAR) unclear[y * network.width + x] = 1;
    }
  }
  return { inside, unclear };
}

/**
 * The mask of a class in a sample, beside its boxes; undefined where the data set has no segmentation of it. Throws
 * InputError, naming the mask, when it is broken or of another size.
 */
export async function readClassMask(
  { segmentation }: Sample,
  label: number,
  placement: Placement,
): Promise<PlacedMask | undefined> {
  return segmentation && readMask(segmentation.classes, label + 1, placement);
}

/** The mask of the n-th annotated object (from 0) of a sample; see {@link readClassMask}. */
export async function readObjectMask(
  { segmentation }: Sample,
  object: number,
  placement: Placement,
): Promise<PlacedMask | undefined> {
  return segmentation?.objects === undefined
    ? undefined
    : readMask(segmentation.objects, object + 1, placement);
}

async function readMask(path: string, index: number, placement: Placement): Promise<PlacedMask> {
  const map = await readLabelMap(path);
  try {
    return placeMask(map, index, placement);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${path}: ${messageOf(error)}`) : error;
  }
}

async function decode(path: string) {
  const bytes = readUserFile(path, 'image');
  try {
    const image = sharp(bytes, { failOn: 'error', limitInputPixels: LIMITS.pixels.most, ignoreIcc: true });
    const { format, channels } = await image.metadata();
    if (format !== 'png') throw new InputError(`expected a PNG, got ${format}`);
    const pixels = channels < 3 ? image.toColourspace('b-w') : image.toColourspace('srgb');
    return await pixels.removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw new InputError(`not a readable mask (${path}): ${messageOf(error)}`);
  }
}

/** VOC's palette: the bits of an index go, three at a time, to the upper bits of red, green and blue. */
const INDICES = new Map(
  Array.from({ length: 256 }, (_, index) => {
    const channel = (offset: number) => {
      let value = 0;
      for (let bit = 0; bit < 8; bit++) value |= ((index >> (3 * bit + offset)) & 1) << (7 - bit);
      return value;
    };
    return [colourKey(channel(0), channel(1), channel(2)), index] as const;
  }),
);

function colourKey(red: number, green: number, blue: number): number {
  return (red << 16) | (green << 8) | blue;
}
