import './home.js';
import { createRequire } from 'node:module';
import {
  type Canvas,
  createCanvas,
  GlobalFonts,
  PDFDocument,
  type SKRSContext2D,
  SvgExportFlag,
} from '@napi-rs/canvas';
import sharp from 'sharp';
import { visible } from '../visible.js';
import type { Pixels } from './types.js';

/** What is made with the canvas, which nothing else loads: not before there is a home. */
export { createCanvas, PDFDocument, SvgExportFlag };

/** The font of every picture and chart, DejaVu Sans: shipped with the package, so that a machine without fonts draws text. */
export const FONT = 'shipped with heatproof'; // One of its own name, as many systems have, would be drawn in its place.

/** The colour of text and lines, and of what they are drawn on. */
export const INK = '#1a1a1a';
export const PAPER = '#ffffff';

const require = createRequire(import.meta.url);
for (const style of ['DejaVuSans', 'DejaVuSans-Bold']) {
  GlobalFonts.registerFromPath(require.resolve(`dejavu-fonts-ttf/ttf/${style}.ttf`), FONT);
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

/** What is drawn on: pixels, or lines of a file. */
export interface Surface {
  width: number;
  height: number;
  getContext(type: '2d'): SKRSContext2D;
}

/**
 * The surface, drawing what others wrote as {@link visible} text (the library fails at a zero character), letter by letter:
 * a ligature would be a letter that searches do not find.
 */
export function withVisibleText<S extends Surface>(surface: S): S {
  const context = surface.getContext('2d');
  const { fillText, measureText } = context;
  const letters = (text: string) => {
    context.textRendering = 'optimizeSpeed';
    return visible(text);
  };
  context.fillText = (text, ...place) => fillText.call(context, letters(text), ...place);
  context.measureText = (text) => measureText.call(context, letters(text));
  return surface;
}

/** A context to measure texts with. */
export function probeOf(font: string): SKRSContext2D {
  const probe = withVisibleText(createCanvas(1, 1)).getContext('2d');
  probe.font = font;
  return probe;
}

/** So many pixels a picture has at most: 160 MB while it is drawn. */
const MOST_PIXELS = 40e6;

/** Pixels a unit of a layout, fewer than asked for where the picture would have too many. */
export function affordableRatio(width: number, height: number, ratio: number): number {
  return Math.min(ratio, Math.sqrt(MOST_PIXELS / (width * height)));
}

/** A white canvas for a layout, which is drawn in its units, at so many pixels a unit as are {@link affordableRatio}. */
export function paper(width: number, height: number, ratio: number): Canvas {
  const affordable = affordableRatio(width, height, ratio);
  const canvas = withVisibleText(createCanvas(Math.ceil(width * affordable), Math.ceil(height * affordable)));
  const context = canvas.getContext('2d');
  context.fillStyle = PAPER;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(affordable, affordable);
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

/** A text as lines of at most the width in the context's font, broken at spaces; a longer word is a line of its own. */
export function wrapText(context: SKRSContext2D, text: string, width: number): string[] {
  const [first = '', ...words] = text.split(' ');
  const lines = [first];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (context.measureText(longer).width > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
