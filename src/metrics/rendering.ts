import sharp from 'sharp';
import { entropy } from './complexity.js';
import type { MetricInfo } from './metric.js';

/**
 * How complex the picture of a heatmap is (Samek et al. 2017, arXiv 1509.06321, table I and the boxplots of
 * image entropy). Lower is simpler.
 */
export interface RenderingComplexity {
  /** Size as a PNG file of compression level 6, in kB of 1000 bytes. */
  png_kb: number;
  /** Size as a JPEG file of quality 90 with 4:2:0 chroma, in kB of 1000 bytes. */
  jpeg_kb: number;
  /** Entropy of the histogram of 256 grey levels, in bits; grey is round(0.299 R + 0.587 G + 0.114 B). */
  image_entropy: number;
}

const SAMEK = 'Samek et al. 2017, table I';

/** What complexity.csv reports of every picture of a heatmap. */
export const RENDERING_METRICS: readonly (MetricInfo & { id: keyof RenderingComplexity })[] = [
  { id: 'png_kb', label: 'PNG (kB)', direction: 'lower', source: SAMEK },
  { id: 'jpeg_kb', label: 'JPEG (kB)', direction: 'lower', source: SAMEK },
  { id: 'image_entropy', label: 'Image entropy', direction: 'lower', source: SAMEK },
];

/** Measures a rendered heatmap: `width` x `height` pixels of three bytes, row by row. */
export async function renderingComplexity(
  rgb: Uint8Array,
  width: number,
  height: number,
): Promise<RenderingComplexity> {
  const picture = sharp(rgb, { raw: { width, height, channels: 3 } });
  const [png, jpeg] = await Promise.all([
    picture.clone().png({ compressionLevel: 6 }).toBuffer(),
    picture.clone().jpeg({ quality: 90, chromaSubsampling: '4:2:0' }).toBuffer(),
  ]);
  return { png_kb: png.length / 1000, jpeg_kb: jpeg.length / 1000, image_entropy: imageEntropy(rgb) };
}

/** See {@link RenderingComplexity.image_entropy}. */
export function imageEntropy(rgb: Uint8Array): number {
  const histogram = new Uint32Array(256);
  for (let i = 0; i < rgb.length; i += 3) {
    const [red, green, blue] = [rgb[i] as number, rgb[i + 1] as number, rgb[i + 2] as number];
    const grey = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    histogram[grey] = (histogram[grey] as number) + 1;
  }
  return entropy(histogram);
}
