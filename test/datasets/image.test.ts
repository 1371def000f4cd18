import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareImage, readImageSize } from '../../src/datasets/image.js';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';
import { InputError } from '../../src/errors.js';
import { readNpy } from '../../src/files/npy.js';
import { hasShared, needsShared, shared } from '../shared.js';

const plain = preprocessingSchema.parse({});
const prepare = (source: string | Buffer, preprocessing = plain, shape = [3, 8, 8]) =>
  prepareImage(source, preprocessing, shape, 'x.jpg');

/** A picture whose left half is red and right half blue, so that turning it shows. */
function halves(width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++)
    data.set(i % width < width / 2 ? [250, 10, 10] : [10, 10, 250], i * 3);
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const solid = (background: object, channels: 3 | 4 = 3) =>
  sharp({ create: { width: 16, height: 16, channels, background } });

const at = (pixels: Uint8Array, x: number, y: number, width = 8) => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

const near = (pixel: number[], expected: number[], tolerance: number) => {
  for (let c = 0; c < 3; c++)
    expect(Math.abs((pixel[c] as number) - (expected[c] as number))).toBeLessThanOrEqual(tolerance);
};

describe('prepareImage', () => {
  it('gives pixels in H x W x RGB and input in C x H x W, network order', async () => {
    const png = await halves(8, 8).png().toBuffer();
    const rgb = await prepare(png);
    expect(at(rgb.pixels, 0, 0)).toEqual([250, 10, 10]);
    expect(at(rgb.pixels, 7, 7)).toEqual([10, 10, 250]);
    expect([rgb.input[0], rgb.input[64], rgb.input[128], rgb.input[7]]).toEqual([250, 10, 10, 10]);

    const bgr = await prepare(
      png,
      preprocessingSchema.parse({ channels: 'bgr', scale: 2, mean: [1, 2, 3], std: [1, 1, 2] }),
    );
    expect(bgr.pixels).toEqual(rgb.pixels);
    expect([bgr.input[0], bgr.input[64], bgr.input[128]]).toEqual([19, 18, (500 - 3) / 2]);
  });

  it('weighs red, green and blue for a grey network', async () => {
    const grey = await prepare(
      await halves(8, 8).png().toBuffer(),
      preprocessingSchema.parse({ channels: 'grey' }),
      [1, 8, 8],
    );
    // 0.299 * 250 + 0.587 * 10 + 0.114 * 10 = 81.76; 0.299 * 10 + 0.587 * 10 + 0.114 * 250 = 37.36.
    expect([grey.input[0], grey.input[7]]).toEqual([82, 37]);
    expect(at(grey.pixels, 0, 0)).toEqual([82, 82, 82]);
  });

  it.each([
    [1, 'left'],
    [2, 'right'],
    [3, 'right'],
    [4, 'left'],
    [5, 'top'],
    [6, 'top'],
    [7, 'bottom'],
    [8, 'bottom'],
  ])('turns EXIF orientation %i upright: red at the %s', async (orientation, side) => {
    const jpeg = await halves(64, 32)
      .withMetadata({ orientation })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const { pixels, placement } = await prepare(jpeg);
    expect(placement.original).toEqual(
      orientation >= 5 ? { width: 32, height: 64 } : { width: 64, height: 32 },
    );
    const red = { left: [1, 4], right: [6, 4], top: [4, 1], bottom: [4, 6] }[side] as [number, number];
    near(at(pixels, red[0], red[1]), [250, 10, 10], 6);
    near(at(pixels, 7 - red[0], 7 - red[1]), [10, 10, 250], 6);
  });

  it('brings grey, CMYK, 16-bit, palette and transparent images to RGB', async () => {
    const colour = { r: 200, g: 100, b: 50 };
    const grey = { r: 90, g: 90, b: 90 };
    near(
      at((await prepare(await solid(grey).toColourspace('b-w').jpeg().toBuffer())).pixels, 3, 3),
      [90, 90, 90],
      1,
    );
    near(
      at((await prepare(await solid(grey).toColourspace('b-w').png().toBuffer())).pixels, 3, 3),
      [90, 90, 90],
      0,
    );
    // A print profile in 8 bits is coarse; white shows that Adobe's inverted CMYK is understood.
    for (const [shade, tolerance] of [
      [[255, 255, 255], 0],
      [[120, 130, 110], 8],
    ] as const) {
      const [r, g, b] = shade;
      const cmyk = await solid({ r, g, b }).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
      expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
      near(at((await prepare(cmyk)).pixels, 3, 3), [...shade], tolerance);
    }
    // Ink only: magenta and yellow, and 59 % of black. PIL's (1 - C) (1 - K) would make them 255, 0, 0 and 102.
    for (const [shade, printed] of [
      [
        [255, 0, 0],
        [232, 0, 0],
      ],
      [
        [128, 128, 128],
        [116, 115, 114],
      ],
    ] as const) {
      const [r, g, b] = shade;
      const cmyk = await solid({ r, g, b }).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
      near(at((await prepare(cmyk)).pixels, 3, 3), [...printed], 2);
    }
    const deep = await solid(colour).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    near(at((await prepare(deep)).pixels, 3, 3), [200, 100, 50], 1);
    const deepGrey = await solid(grey).toColourspace('grey16').png().toBuffer();
    expect((await sharp(deepGrey).metadata()).depth).toBe('ushort');
    near(at((await prepare(deepGrey)).pixels, 3, 3), [90, 90, 90], 1);
    near(
      at((await prepare(await solid(colour).png({ palette: true }).toBuffer())).pixels, 3, 3),
      [200, 100, 50],
      1,
    );
    near(
      at(
        (
          await prepare(
            await solid({ ...colour, alpha: 0 }, 4)
              .png()
              .toBuffer(),
          )
        ).pixels,
        3,
        3,
      ),
      [255, 255, 255],
      0,
    );
    near(
      at((await prepare(await solid({ r: 0, g: 0, b: 0, alpha: 0.5 }, 4).png().toBuffer())).pixels, 3, 3),
      [127, 127, 127],
      1,
    );
  });

  it('leaves the pixels of images with a colour profile as stored, as in training', async () => {
    const stored = { r: 200, g: 100, b: 50 };
    const png = await solid(stored).withIccProfile('p3', { attach: true }).png().toBuffer();
    const raw = await sharp(png, { ignoreIcc: true }).raw().toBuffer();
    expect((await sharp(png).metadata()).hasProfile).toBe(true);
    expect([...raw.subarray(0, 3)]).not.toEqual([200, 100, 50]);
    expect(at((await prepare(png)).pixels, 3, 3)).toEqual([...raw.subarray(0, 3)]);
  });

  it('cuts the crop out of the middle and pads with black', async () => {
    const png = await halves(8, 6).png().toBuffer();
    const { pixels } = await prepare(png, preprocessingSchema.parse({ crop: 4 }), [3, 4, 4]);
    expect([0, 1, 2, 3].map((x) => at(pixels, x, 0, 4)[0])).toEqual([250, 250, 10, 10]);
    const padded = await prepare(png, preprocessingSchema.parse({ crop: 10 }), [3, 10, 10]);
    expect([0, 1, 8, 9].map((x) => at(padded.pixels, x, 5, 10)[0])).toEqual([0, 250, 10, 0]);
    expect([0, 1, 2, 7, 8, 9].map((y) => at(padded.pixels, 1, y, 10)[0])).toEqual([0, 0, 250, 250, 0, 0]);
  });

  it('names what does not fit the network', async () => {
    const png = await halves(8, 8).png().toBuffer();
    await expect(prepare(png, preprocessingSchema.parse({ resize: [16, 16] }))).rejects.toThrow(
      "size of the preprocessed image (x.jpg; preprocessing.resize and preprocessing.crop): expected the network's 8 x 8, got 16 x 16",
    );
    await expect(prepare(png, plain, [1, 8, 8])).rejects.toThrow(
      /preprocessing.channels.*expected with input 3 x .* got input 1 x 8 x 8/,
    );
    await expect(prepare(png, plain, [4])).rejects.toThrow(InputError);
  });
});

describe('prepareImage with hostile files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof-image-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const noise = (width: number, height: number) =>
    sharp(Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 2654435761) >>> 24)), {
      raw: { width, height, channels: 3 },
    });
  /** A PNG whose header claims another size, with the checksum that belongs to it. */
  const pngOfSize = async (width: number, height: number) => {
    const png = await noise(8, 8).png().toBuffer();
    png.writeUInt32BE(width, 16);
    png.writeUInt32BE(height, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    return png;
  };
  const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);

  it.each([
    ['a JPEG cut in half', async () => half(await noise(64, 64).jpeg().toBuffer())],
    [
      'a progressive JPEG cut in half',
      async () => half(await noise(64, 64).jpeg({ progressive: true }).toBuffer()),
    ],
    ['a PNG cut in half', async () => half(await noise(64, 64).png().toBuffer())],
    ['a WebP cut in half', async () => half(await noise(64, 64).webp().toBuffer())],
    ['a JPEG header only', async () => (await noise(64, 64).jpeg().toBuffer()).subarray(0, 20)],
    ['an empty file', async () => Buffer.alloc(0)],
    ['text', async () => Buffer.from('this is not an image\n')],
    ['SVG', async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>')],
    ['a PNG of no width', () => pngOfSize(0, 8)],
    ['an image bomb of 20000 x 20000', () => pngOfSize(20_000, 20_000)],
    ['an image that explodes in resizing', () => pngOfSize(1, 3_000_000)],
  ])('refuses %s in one line that names the file', async (_, make) => {
    const path = join(folder, 'victim.JPEG');
    writeFileSync(path, await make());
    const error = await prepareImage(
      path,
      preprocessingSchema.parse({ resize: { shortest: 8 }, crop: 8 }),
      [3, 8, 8],
    ).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(path);
    expect((error as Error).message).not.toContain('\n');
  });

  it('says why it refuses large images', async () => {
    await expect(prepare(await pngOfSize(20_000, 20_000))).rejects.toThrow(/exceeds pixel limit/);
    const shortest = preprocessingSchema.parse({ resize: { shortest: 8 }, crop: 8 });
    await expect(prepare(await pngOfSize(1, 3_000_000), shortest)).rejects.toThrow(
      'image too long and narrow to be resized (x.jpg): expected at most 16777216 pixels, got 8 x 24000000',
    );
  });

  it('shows how a file of another kind starts', async () => {
    await expect(prepare(Buffer.from('n01440764 tench, Tinca tinca'))).rejects.toThrow(
      'not an image (x.jpg): expected a JPEG, PNG, WebP, GIF, TIFF, AVIF file, got a file that starts with "n01440764 tench,"',
    );
  });

  it('names a missing file', async () => {
    await expect(prepare('no/such.jpg')).rejects.toThrow('cannot read no/such.jpg: does not exist');
  });
});

describe('readImageSize', () => {
  it('tells stored from upright', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heatproof-size-'));
    const path = join(folder, 'x.jpg');
    writeFileSync(path, await halves(64, 32).withMetadata({ orientation: 6 }).jpeg().toBuffer());
    expect(await readImageSize(path)).toEqual({
      stored: { width: 64, height: 32 },
      upright: { width: 32, height: 64 },
      orientation: 6,
    });
    rmSync(folder, { recursive: true });
  });
});

describe.runIf(hasShared)(`prepareImage beside PIL's bilinear${needsShared}`, () => {
  const networks = { bvlc_googlenet: 224, 'squeezenet_v1.1': 227 };
  for (const [network, crop] of Object.entries(networks)) {
    it.each(['ILSVRC2012_val_00000004', 'ILSVRC2012_val_00000009'])(
      `${network} %s within 2 grey levels`,
      async (id) => {
        const caffe = preprocessingSchema.parse({
          resize: [256, 256],
          crop,
          channels: 'bgr',
          mean: [104, 117, 123],
        });
        const bytes = readFileSync(shared('datasets', 'ILSVRC2012', 'val', `${id}.JPEG`));
        const { input } = await prepareImage(bytes, caffe, [3, crop, crop]);
        const golden = readNpy(shared('golden', network, `${id}.input.npy`));
        expect(golden.shape).toEqual([3, crop, crop]);
        let worst = 0;
        let sum = 0;
        for (let i = 0; i < input.length; i++) {
          const difference = Math.abs((input[i] as number) - (golden.data[i] as number));
          worst = Math.max(worst, difference);
          sum += difference;
        }
        expect(worst).toBeLessThanOrEqual(2);
        expect(sum / input.length).toBeLessThan(0.25);
      },
    );
  }
});
