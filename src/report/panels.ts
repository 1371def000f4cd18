import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Heatmap } from '../input/heatmap.js';
import { canvasOf, FONT, fitText, INK, PAPER } from './canvas.js';
import { colorOf, paint } from './colormaps.js';
import { shortNumber } from './numbers.js';
import type { DrawnInput, Pixels, Signal } from './types.js';

/** Where on a canvas something is drawn, in its units. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

const FAINT = '#6b6b6b';

/** Height over width of an input's panel. */
export function aspectOf(subject: DrawnInput): number {
  return 'channels' in subject ? 0.6 : subject.height / subject.width;
}

/** Draws what the network was given. */
export function drawInput(context: SKRSContext2D, area: Area, subject: DrawnInput): void {
  if ('channels' in subject) {
    drawValues(context, area, subject);
  } else {
    drawPixels(context, area, subject);
  }
  drawFrame(context, area);
}

/**
 * Draws a heatmap whose colours end at `limit`. Over an image, when asked, the image shows in grey where the heatmap
 * is weak. A signal is drawn over vertical strips in the colours of its relevance.
 */
export function drawHeatmap(
  context: SKRSContext2D,
  area: Area,
  map: Heatmap,
  limit: number,
  subject: DrawnInput,
  overlay: boolean,
): void {
  if ('channels' in subject) {
    drawPixels(context, area, heatmapPixels(map, limit));
    drawValues(context, area, subject);
  } else if (overlay) {
    drawPixels(context, area, overlayPixels(subject, map, limit));
  } else {
    drawPixels(context, area, heatmapPixels(map, limit));
  }
  drawFrame(context, area);
}

/** The bare heatmap, a pixel a place. */
export function heatmapPixels(map: Heatmap, limit: number): Pixels {
  return { data: paint(map, limit), width: map.columns, height: map.rows };
}

/**
 * A heatmap over the paled grey version of its image: the stronger, the less of the image shows. The heatmap is
 * stretched to the image by nearest neighbour.
 */
export function overlayPixels(image: Pixels, map: Heatmap, limit: number): Pixels {
  const { width, height } = image;
  const data = new Uint8Array(image.data.length);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [red = 0, green = 0, blue = 0] = image.data.subarray(pixel * 3, pixel * 3 + 3);
    const grey = 90 + (165 / 255) * (0.299 * red + 0.587 * green + 0.114 * blue);
    const column = Math.floor(((pixel % width) * map.columns) / width);
    const row = Math.floor((Math.floor(pixel / width) * map.rows) / height);
    const value = map.values[row * map.columns + column] ?? 0;
    const share = Math.min(Math.abs(value) / limit, 1) ** 0.5;
    const color = colorOf(value, limit, map.signed);
    data.set(
      color.map((channel) => channel * share + grey * (1 - share)),
      pixel * 3,
    );
  }
  return { data, width, height };
}

/** Draws the colour scale with its ends and, for signed values, zero; "≥" says that values beyond the end exist. */
export function drawColorBar(
  context: SKRSContext2D,
  area: Area,
  limit: number,
  maps: readonly Heatmap[],
): void {
  const signed = maps.some((map) => map.signed);
  const beyond = maps.some((map) => map.values.some((value) => Math.abs(value) > limit));
  const values = Float32Array.from({ length: 257 }, (_, step) => (signed ? step / 128 - 1 : step / 256));
  const bar = { ...area, height: 6 };
  drawPixels(context, bar, heatmapPixels({ values, rows: 1, columns: 257, signed }, 1), true);
  drawFrame(context, bar);
  context.fillStyle = INK;
  context.font = `10px "${FONT}"`;
  context.textBaseline = 'top';
  const mark = (text: string, align: 'left' | 'center' | 'right', x: number) => {
    context.textAlign = align;
    context.fillText(text, x, area.y + 9);
  };
  mark(signed ? `${beyond ? '≤ ' : ''}${shortNumber(-limit)}` : '0', 'left', area.x);
  if (signed) mark('0', 'center', area.x + area.width / 2);
  mark(`${beyond ? '≥ ' : ''}${shortNumber(limit)}`, 'right', area.x + area.width);
}

function drawPixels(context: SKRSContext2D, area: Area, pixels: Pixels, smooth = false): void {
  // Pixels that are enlarged stay squares: a heatmap must not look finer than it is.
  context.imageSmoothingEnabled = smooth || pixels.width > area.width * 2;
  context.imageSmoothingQuality = 'high';
  context.drawImage(canvasOf(pixels), area.x, area.y, area.width, area.height);
}

function drawValues(context: SKRSContext2D, area: Area, { values, channels }: Signal): void {
  const length = values.length / channels;
  const [low, high] = extent(values);
  const margin = 8;
  const y = (value: number) =>
    area.y + margin + ((high - value) / (high - low || 1)) * (area.height - 2 * margin);
  context.lineWidth = 0.5;
  context.strokeStyle = FAINT;
  context.beginPath();
  context.moveTo(area.x, y(0));
  context.lineTo(area.x + area.width, y(0));
  context.stroke();
  for (let channel = 0; channel < channels; channel++) {
    context.beginPath();
    // A value fills its strip: few features read as steps, many samples as a line.
    for (let index = 0; index < length; index++) {
      const height = y(values[channel * length + index] ?? 0);
      context.lineTo(area.x + (index / length) * area.width, height);
      context.lineTo(area.x + ((index + 1) / length) * area.width, height);
    }
    // The light edge keeps the line apart from dark strips.
    context.lineWidth = 3;
    context.strokeStyle = PAPER;
    context.stroke();
    context.lineWidth = 1.25;
    context.strokeStyle = INK;
    context.stroke();
  }
}

/** The smallest and the largest of some numbers and 0, of however many: arguments of Math.max are limited. */
export function extent(values: Iterable<number>): [low: number, high: number] {
  let [low, high] = [0, 0];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** The largest magnitude. */
export function largest(values: Iterable<number>): number {
  const [low, high] = extent(values);
  return Math.max(-low, high);
}

export function drawFrame(context: SKRSContext2D, { x, y, width, height }: Area): void {
  context.lineWidth = 0.5;
  context.strokeStyle = '#b5b5b5';
  context.strokeRect(x, y, width, height);
}

/** Writes one line of text, shortened to the width. */
export function drawText(
  context: SKRSContext2D,
  text: string,
  area: { x: number; y: number; width: number },
  style: { size: number; bold?: boolean; align?: 'left' | 'center' | 'right'; color?: string },
): void {
  context.font = `${style.bold ? 'bold ' : ''}${style.size}px "${FONT}"`;
  context.fillStyle = style.color ?? INK;
  context.textBaseline = 'top';
  const { align = 'left' } = style;
  context.textAlign = align;
  const along = { left: 0, center: 0.5, right: 1 }[align];
  context.fillText(fitText(context, text, area.width), area.x + along * area.width, area.y);
}
