import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Heatmap } from '../../input/heatmap.js';
import { canvasOf, INK } from '../canvas.js';
import { COLOURS_END, commonLimit } from '../colormaps.js';
import { type Area, drawFrame, extent, heatmapPixels } from '../panels.js';
import { drawTime, type SignalAxes } from './axes.js';
import { channelMeans } from './course.js';

const FAINT = '#b5b5b5';
/**
 * How far a trace goes from the middle of its row at the {@link PERCENTILE} of its distances from the channel's mean, in rows:
 * into those of its neighbours where rows are low, since it would be flat.
 */
const SWING = { low: 0.9, high: 0.48 };
const LOW_ROW = 16;
const PERCENTILE = 99;

/** Channels x moments in the colours of relevance; where moments are more than pixels, means over several. */
function drawMap(context: SKRSContext2D, area: Area, map: Heatmap, limit: number): void {
  const shown = map.columns > area.width ? withColumns(map, Math.round(area.width)) : map;
  context.imageSmoothingEnabled = false;
  context.drawImage(canvasOf(heatmapPixels(shown, limit)), area.x, area.y, area.width, area.height);
  drawFrame(context, area);
}

function withColumns(map: Heatmap, columns: number): Heatmap {
  const edges = Array.from({ length: columns + 1 }, (_, i) => Math.round((i * map.columns) / columns));
  const means = edges.slice(1).map((last, i) => channelMeans(map, edges[i], last));
  const values = Float32Array.from({ length: map.rows * columns }, (_, at) => {
    return means[at % columns]?.[Math.floor(at / columns)] as number;
  });
  return { ...map, columns, values };
}

/** The signal itself: a line a channel about its mean, all on one scale. */
export function drawTraces(context: SKRSContext2D, area: Area, values: Float32Array, channels: number): void {
  const length = values.length / channels;
  const row = area.height / channels;
  const lines = Array.from({ length: channels }, (_, c) =>
    aboutMean(values.subarray(c * length, (c + 1) * length)),
  );
  const reach = row < LOW_ROW ? SWING.low : SWING.high;
  const sizes = Float32Array.from(lines.flatMap((line) => Array.from(line, Math.abs))).sort();
  const swing = sizes[Math.ceil((PERCENTILE / 100) * sizes.length) - 1] || 1;
  context.save();
  context.beginPath();
  context.rect(area.x, area.y, area.width, area.height);
  context.clip();
  context.strokeStyle = INK;
  context.lineWidth = row < 6 ? 0.4 : 0.7;
  for (const [c, line] of lines.entries()) {
    const middle = area.y + (c + 0.5) * row;
    context.beginPath();
    for (const [i, value] of line.entries())
      context.lineTo(area.x + ((i + 0.5) / length) * area.width, middle - (value / swing) * reach * row);
    context.stroke();
  }
  context.restore();
  drawFrame(context, area);
}

/** Relevance of every moment, summed over channels, as a line about 0. */
export function drawCourse(context: SKRSContext2D, area: Area, course: Float64Array): void {
  const [low, high] = extent(course);
  const y = (value: number) => area.y + ((high - value) / (high - low || 1)) * area.height;
  context.strokeStyle = FAINT;
  context.lineWidth = 0.5;
  context.beginPath();
  context.moveTo(area.x, y(0));
  context.lineTo(area.x + area.width, y(0));
  context.stroke();
  context.strokeStyle = INK;
  context.lineWidth = 0.8;
  context.beginPath();
  for (const [i, value] of course.entries())
    context.lineTo(area.x + ((i + 0.5) / course.length) * area.width, y(value));
  context.stroke();
  drawFrame(context, area);
}

function aboutMean(line: Float32Array): Float32Array {
  const mean = line.reduce((sum, value) => sum + value, 0) / line.length;
  return line.map((value) => value - mean);
}

/** Draws relevance on a scale of its own, with seconds below; returns where its colours end. */
export function drawScaledMap(context: SKRSContext2D, area: Area, map: Heatmap, axes: SignalAxes): number {
  const limit = commonLimit([map], COLOURS_END);
  drawMap(context, area, map, limit);
  drawTime(context, area, axes);
  return limit;
}
