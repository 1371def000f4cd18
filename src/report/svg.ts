import type { SKRSContext2D } from '@napi-rs/canvas';
import { visible } from '../visible.js';
import { createCanvas, SvgExportFlag, withVisibleText } from './canvas.js';
import type { Drawing } from './drawing.js';

const CLIP_NAME = /(?<=id="|url\(#)cl_\w+/g;

/**
 * A drawing as SVG. Lines are written by the canvas; its texts, which would be lists of the places of single letters, are
 * written here, above all lines: one element a text, anchored as it was drawn, so that it can be searched and edited and
 * stays in place in another font. Names of clip paths count from one: drawn twice, a chart is the same file.
 */
export function svgOf({ title, size, height, paint }: Drawing): string {
  const { width, points } = size;
  const canvas = withVisibleText(createCanvas(width, height, SvgExportFlag.NoPrettyXML));
  const context = canvas.getContext('2d');
  const texts: string[] = [];
  context.fillText = (text, x, y) => {
    if (text !== '') texts.push(textElement(context, text, x, y));
  };
  paint(canvas, 1);
  const lines = canvas.getContent().toString();
  const clips = [...new Set(lines.match(CLIP_NAME))];
  const body = lines
    .slice(lines.indexOf('>', lines.indexOf('<svg ')) + 1, lines.lastIndexOf('</svg>'))
    .replace(CLIP_NAME, (name) => `clip${clips.indexOf(name) + 1}`);
  const [printedWidth, printedHeight] = [width, height].map((side) => `${rounded(side * points)}pt`);
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${rounded(width)} ${rounded(height)}" width="${printedWidth}" height="${printedHeight}">`,
    `<title>${escaped(title)}</title>${body}`,
    '<g font-family="DejaVu Sans, Verdana, sans-serif">',
    ...texts,
    '</g>',
    '</svg>\n',
  ].join('\n');
}

const ANCHORS: Readonly<Record<string, string>> = { center: 'middle', right: 'end', end: 'end' };

/** A text as it would be drawn: in the context's font, colour, alignment and transformation. */
function textElement(context: SKRSContext2D, text: string, x: number, y: number): string {
  const { a, b, c, d, e, f } = context.getTransform();
  const place = [a, b, c, d, e, f].map(rounded).join(' ');
  const [, size = '13'] = /([\d.]+)px/.exec(context.font) ?? [];
  const attributes = {
    x: rounded(x),
    y: rounded(y + baselineOf(context, text)),
    'font-size': size,
    ...(/\bbold\b/.test(context.font) && { 'font-weight': 'bold' }),
    ...(ANCHORS[context.textAlign] && { 'text-anchor': ANCHORS[context.textAlign] }),
    ...(place !== '1 0 0 1 0 0' && { transform: `matrix(${place})` }),
    fill: String(context.fillStyle),
  };
  const written = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
  return `<text ${written.join(' ')}>${escaped(text)}</text>`;
}

/** How far below the given place letters stand, whatever of them that place is. */
function baselineOf(context: SKRSContext2D, text: string): number {
  const { textBaseline } = context;
  const here = context.measureText(text).fontBoundingBoxAscent;
  context.textBaseline = 'alphabetic';
  const above = context.measureText(text).fontBoundingBoxAscent;
  context.textBaseline = textBaseline;
  return above - here;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

function escaped(text: string): string {
  return visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
