import { createRequire } from 'node:module';
import { type Canvas, createCanvas, GlobalFonts, type SKRSContext2D, type SvgCanvas } from '@napi-rs/canvas';
import sharp from 'sharp';
import { visible } from '../visible.js';

/** The font of every picture and chart: shipped with the package, so that a machine without fonts draws text. */
export const FONT = 'DejaVu Sans';

const require = createRequire(import.meta.url);
for (const style of ['DejaVuSans', 'DejaVuSans-Bold']) {
  GlobalFonts.registerFromPath(require.resolve(`dejavu-fonts-ttf/ttf/${style}.ttf`), FONT);
}

/** An RGB image, height x width x 3 bytes, as the network sees it. */
export interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
}

/** A canvas for RGB pixels, to be drawn at any size onto another. */
export function canvasOf(pixels: Pixels): Canvas {
  const canvas = createCanvas(pixels.width, pixels.height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(pixels.width, pixels.height);
  for (let pixel = 0; pixel < pixels.width * pixels.height; pixel++) {
    image.data.set(pixels.data.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
    image.data[pixel * 4 + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The canvas, drawing what others wrote as {@link visible} text: the library fails at a zero character. */
export function withVisibleText<C extends Canvas | SvgCanvas>(canvas: C): C {
  const context = canvas.getContext('2d');
  const { fillText, measureText } = context;
  context.fillText = (text, ...place) => fillText.call(context, visible(text), ...place);
  context.measureText = (text) => measureText.call(context, visible(text));
  return canvas;
}

/** PNG of an opaque canvas. */
export async function encodePng(canvas: Canvas): Promise<Buffer> {
  const { width, height } = canvas;
  return sharp(canvas.data(), { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .png()
    .toBuffer();
}

/** The longest beginning of a text that fits the width in the context's font, with an ellipsis when something is cut. */
export function fitText(context: SKRSContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const letters = [...text];
  let fits = 0;
  for (let step = 1 << Math.floor(Math.log2(letters.length)); step >= 1; step /= 2) {
    const cut = `${letters
      .slice(0, fits + step)
      .join('')
      .trimEnd()}…`;
    if (fits + step < letters.length && context.measureText(cut).width <= width) fits += step;
  }
  return `${letters.slice(0, fits).join('').trimEnd()}…`;
}

/** A number among others of its kind: three significant digits, also where they are zeros, and a real minus sign. */
export function threeDigits(value: number): string {
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e3 ? shortNumber(value) : value.toPrecision(3).replace('-', '−');
}

/** A number for people: three significant digits, a real minus sign, powers of ten only when they are shorter. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-3 || size >= 1e5)
      ? value.toExponential(1)
      : String(Number(value.toPrecision(3)));
  return text.replace(/-/g, '−').replace('e+', 'e');
}
