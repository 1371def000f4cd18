import type { SKRSContext2D } from '@napi-rs/canvas';
import { visible } from '../visible.js';
import { affordableRatio, createCanvas, encodePng, PDFDocument, withVisibleText } from './canvas.js';
import type { Drawing } from './drawing.js';
import type { Format } from './formats.js';
import { svgOf } from './svg.js';

const RENDERERS: Record<Format, (drawing: Drawing) => Promise<Buffer>> = {
  png: pngOf,
  svg: async (drawing) => Buffer.from(svgOf(drawing)),
  pdf: pdfOf,
};

/** The file of a drawing: the same drawing gives the same bytes. */
export function render(drawing: Drawing, format: Format): Promise<Buffer> {
  return RENDERERS[format](drawing);
}

async function pngOf({ size, height, paint }: Drawing): Promise<Buffer> {
  const canvas = withVisibleText(createCanvas(size.width, height));
  paint(canvas, affordableRatio(size.width, height, size.pixels));
  return encodePng(canvas);
}

/** One page of the drawing's size in print, with the shipped font in it. */
async function pdfOf({ title, size, height, paint }: Drawing): Promise<Buffer> {
  const document = new PDFDocument({ title: visible(title), creator: 'heatproof' });
  const context = document.beginPage(
    size.width * size.points,
    height * size.points,
  ) as unknown as SKRSContext2D;
  const page = withVisibleText({ width: size.width, height, getContext: () => context });
  // A page's context belongs to no canvas; Chart.js reads the size of one.
  Object.defineProperty(context, 'canvas', { value: page });
  paint(page, size.points);
  document.endPage();
  return document.close();
}
