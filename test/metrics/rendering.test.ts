import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageEntropy, renderingComplexity } from '../../src/metrics/rendering.js';
import { randomStream } from '../../src/random.js';

describe('image entropy', () => {
  it.each([
    ['one grey', [9, 9, 9, 9, 9, 9], 0],
    ['black and white', [0, 0, 0, 255, 255, 255], 1],
    // grey levels 76 (red), 150 (green), 29 (blue), 255
    ['red, green, blue, white', [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255], 2],
    ['half, quarter, quarter', [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2], 1.5],
  ])('of %s', (_, rgb, bits) => {
    expect(imageEntropy(Uint8Array.from(rgb))).toBe(bits);
  });
});

describe('renderingComplexity', () => {
  const size = 64;
  const flat = new Uint8Array(3 * size * size).fill(200);
  const noise = Uint8Array.from(randomStream('noise').uniforms(3 * size * size, 0, 256));

  it('is the size of the files, which are the picture', async () => {
    const { png_kb, jpeg_kb, image_entropy } = await renderingComplexity(noise, size, size);
    const picture = sharp(noise, { raw: { width: size, height: size, channels: 3 } });
    const png = await picture.clone().png({ compressionLevel: 6 }).toBuffer();
    expect(png_kb).toBe(png.length / 1000);
    expect(jpeg_kb).toBe((await picture.clone().jpeg({ quality: 90 }).toBuffer()).length / 1000);
    expect(image_entropy).toBe(imageEntropy(noise));
    expect(Buffer.from(noise).equals(await sharp(png).raw().toBuffer())).toBe(true);
  });

  it('calls a flat picture simpler than noise, which cannot be compressed', async () => {
    const [simple, complex] = await Promise.all(
      [flat, noise].map((rgb) => renderingComplexity(rgb, size, size)),
    );
    expect(complex?.png_kb).toBeGreaterThan(noise.length / 1000);
    expect(simple?.png_kb).toBeLessThan(0.5);
    expect(simple?.jpeg_kb).toBeLessThan(complex?.jpeg_kb as number);
    expect(simple?.image_entropy).toBe(0);
  });
});
