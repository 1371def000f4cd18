import sharp from 'sharp';
import { InputError, messageOf, mismatch } from '../errors.js';
import { LIMITS } from '../files/limits.js';
import { readUserFile } from '../files/user-file.js';
import { layoutOf } from '../input/layout.js';
import { beginsAsImage, IMAGE_FORMATS, SIGNATURE_BYTES } from './image-formats.js';
import { type Extent, type Placement, placeImage } from './placement.js';
import { channelCount, type Preprocessing, toNetwork } from './preprocessing.js';

/** One image, ready for a network. */
export interface PreparedImage {
  /** Network input, C x H x W in the network's channel order. */
  input: Float32Array;
  /** What the network sees as H x W x 3 RGB in 0..255, for pictures. A grey network's pixels are grey. */
  pixels: Uint8Array;
  placement: Placement;
}

/** How images become pixels; part of the definition record, since the numbers depend on it. */
export const IMAGE_READING = {
  decoder: `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`,
  /**
   * Bilinear with antialiasing: of sharp's kernels the nearest to PIL's bilinear, with which the reference accuracies
   * were measured (mean difference 0.23 of 255 grey levels; cubic 0.6 to 1.2, lanczos3 0.9 to 1.8).
   */
  kernel: 'linear',
  orientation: 'EXIF orientation applied',
  colour: 'sRGB, embedded RGB profiles ignored as in training; CMYK and grey converted; alpha over white',
  grey: '0.299 R + 0.587 G + 0.114 B',
  crop: 'centred, offset rounded down, padded with black',
} as const;

const SHARP_OPTIONS = { failOn: 'error', limitInputPixels: LIMITS.pixels.most, ignoreIcc: true } as const;

/**
 * Decodes an image file (JPEG, PNG, WebP, GIF, TIFF, AVIF; the first page of many) and brings it to a network of
 * input shape [channels, height, width]. Throws InputError when the file is broken, truncated, larger than 100
 * megapixels or of another kind, or when preprocessing does not end at the network's input shape. `where` names a
 * Buffer in messages.
 */
export async function prepareImage(
  source: string | Buffer,
  preprocessing: Preprocessing,
  inputShape: readonly number[],
  where = typeof source === 'string' ? source : 'image',
): Promise<PreparedImage> {
  const input = networkExtent(inputShape, preprocessing);
  const bytes = typeof source === 'string' ? readUserFile(source, 'image') : source;
  const placement = placeImage((await describe(bytes, where)).upright, preprocessing, input);
  const { network, resized } = placement;
  if (network.width !== input.width || network.height !== input.height) {
    throw mismatch({
      what: 'size of the preprocessed image',
      where: `${where}; preprocessing.resize and preprocessing.crop`,
      expected: `the network's ${input.width} x ${input.height}`,
      got: `${network.width} x ${network.height}`,
    });
  }
  if (resized.width * resized.height > LIMITS.resizedPixels.most) {
    throw mismatch({
      what: 'image too long and narrow to be resized',
      where,
      expected: `at most ${LIMITS.resizedPixels.most} pixels`,
      got: `${resized.width} x ${resized.height}`,
    });
  }
  const pixels = cropped(await decode(bytes, resized, where), placement);
  if (preprocessing.channels === 'grey') toGrey(pixels);
  return { input: toInput(pixels, preprocessing), pixels, placement };
}

/** Size of an image file as stored and as shown upright, and its EXIF orientation (1 to 8); reads the header only. */
export async function readImageSize(path: string): Promise<ImageSize> {
  return describe(readUserFile(path, 'image'), path);
}

export interface ImageSize {
  stored: Extent;
  upright: Extent;
  orientation: number;
}

async function describe(bytes: Buffer, where: string): Promise<ImageSize> {
  const start = bytes.toString('latin1', 0, SIGNATURE_BYTES);
  if (!beginsAsImage(start)) {
    throw mismatch({
      what: 'not an image',
      where,
      expected: `a ${IMAGE_FORMATS.join(', ')} file`,
      got: bytes.length === 0 ? 'an empty file' : `a file that starts with ${JSON.stringify(start)}`,
    });
  }
  const metadata = await readable(where, () => sharp(bytes, SHARP_OPTIONS).metadata());
  const stored = { width: metadata.width, height: metadata.height };
  const orientation = metadata.orientation ?? 1;
  const upright = orientation >= 5 ? { width: stored.height, height: stored.width } : stored;
  return { stored, upright, orientation };
}

/** The whole image at its resized size, H x W x 3 RGB: decoding all of it makes damage below the crop an error too. */
async function decode(bytes: Buffer, { width, height }: Extent, where: string): Promise<Uint8Array> {
  const { data, info } = await readable(where, () =>
    sharp(bytes, { ...SHARP_OPTIONS, autoOrient: true })
      .flatten({ background: 'white' })
      .resize(width, height, { fit: 'fill', kernel: IMAGE_READING.kernel, fastShrinkOnLoad: false })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true }),
  );
  if (info.channels !== 3)
    throw mismatch({ what: 'image', where, expected: '3 channels', got: `${info.channels}` });
  return data;
}

async function readable<T>(where: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // The decoder says every fault that it met: the first is the reason.
    throw new InputError(`not a readable image (${where}): ${messageOf(error).split('\n', 1)[0]}`);
  }
}

function cropped(resizedPixels: Uint8Array, { resized, network, left, top }: Placement): Uint8Array {
  const pixels = new Uint8Array(network.width * network.height * 3);
  const from = Math.max(left, 0);
  const to = Math.min(left + network.width, resized.width);
  for (let y = 0; y < network.height; y++) {
    const row = y + top;
    if (row < 0 || row >= resized.height) continue;
    const start = row * resized.width;
    pixels.set(
      resizedPixels.subarray((start + from) * 3, (start + to) * 3),
      (y * network.width + from - left) * 3,
    );
  }
  return pixels;
}

function toGrey(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const at = (channel: number) => pixels[i + channel] as number;
    pixels.fill(Math.round(0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2)), i, i + 3);
  }
}

const OFFSETS = { rgb: [0, 1, 2], bgr: [2, 1, 0], grey: [0] } as const;

function toInput(pixels: Uint8Array, preprocessing: Preprocessing): Float32Array {
  const area = pixels.length / 3;
  const offsets = OFFSETS[preprocessing.channels];
  const input = new Float32Array(offsets.length * area);
  offsets.forEach((offset, c) => {
    const table = Float32Array.from({ length: 256 }, (_, pixel) => toNetwork(preprocessing, pixel, c));
    for (let i = 0; i < area; i++) input[c * area + i] = table[pixels[i * 3 + offset] as number] as number;
  });
  return input;
}

function networkExtent(inputShape: readonly number[], { channels }: Preprocessing): Extent {
  const layout = layoutOf(inputShape);
  const expected = channelCount(channels);
  if (layout.kind !== 'image' || layout.channels !== expected) {
    throw mismatch({
      what: 'images need a network',
      where: 'preprocessing.channels',
      expected: `with input ${expected} x height x width for ${channels}`,
      got: `input ${inputShape.join(' x ')}`,
    });
  }
  return { width: layout.columns, height: layout.rows };
}
