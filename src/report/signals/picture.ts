import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Heatmap } from '../../input/heatmap.js';
import type { SignalRows } from '../../input/layout.js';
import { encodePng, paper } from '../canvas.js';
import { shortNumber } from '../numbers.js';
import { type Area, drawColorBar, drawText, largest } from '../panels.js';
import { drawNames, drawTime, roomForNames, SCALE, type SignalAxes, timeText } from './axes.js';
import { channelMeans, strongestStretches, timeCourse } from './course.js';
import { drawCourse, drawScaledMap, drawTraces } from './panels.js';
import { drawScalp, type Scalp, scalpOf } from './scalp.js';

/** A signal beside its relevance, a column a method. */
export interface SignalSheet {
  readonly title: string;
  /** Channels x moments. */
  readonly input: Float32Array;
  readonly signal: SignalRows;
  readonly columns: readonly string[];
  readonly maps: readonly Heatmap[];
  /** Pixels of the file per unit of the layout. */
  readonly ratio?: number;
}

const WIDTH = 300;
const GAP = 16;
const MARGIN = 16;
const TITLE = 26;
const CAPTION = 20;
const COURSE = 56;
const HEADS = 3;
const HEAD = WIDTH / HEADS;
const HEAD_CAPTION = 32;
const BAR = 26;
/** Height of a map, and of a row in it at most. */
const MAP_HEIGHT = 560;
const ROW_HEIGHT = 36;
/** What stands beside what is drawn below the maps. */
const LEGEND = { size: 11, align: 'right' } as const;
/** More methods than this continue below, each line beside the signal again. */
const MAPS_A_LINE = 4;

/**
 * Draws a signal as a line a channel, and beside it for every method: relevance as channels x time with names and seconds,
 * its course in time (the sum over channels), and, where sensors have places, maps of the head at the times of most
 * relevance. As a PNG on white; colours as in all heatmaps.
 */
export async function signalPicture(sheet: SignalSheet): Promise<Buffer> {
  const { columns, signal, maps, title, ratio = 1 } = sheet;
  const scalp = signal.positions && scalpOf(signal.positions);
  const lines = Math.max(1, Math.ceil(columns.length / MAPS_A_LINE));
  const perLine = Math.ceil(columns.length / lines);
  const mapHeight = Math.min(MAP_HEIGHT, ROW_HEIGHT * signal.names.length);
  const lineHeight = CAPTION + mapHeight + SCALE + COURSE + (scalp ? HEAD + HEAD_CAPTION + 8 : 8) + BAR + GAP;
  const names = roomForNames(signal.names);
  const width = 2 * MARGIN + names + (perLine + 1) * (WIDTH + GAP) - GAP;
  const height = 2 * MARGIN + TITLE + lines * lineHeight - GAP;
  const canvas = paper(width, height, ratio);
  const context = canvas.getContext('2d');
  drawText(context, title, { x: MARGIN, y: MARGIN, width: width - 2 * MARGIN }, { size: 16, bold: true });
  const axes: SignalAxes = { ...signal, moments: sheet.input.length / signal.names.length };
  const place = (column: number, line: number): Area => ({
    x: MARGIN + names + column * (WIDTH + GAP),
    y: MARGIN + TITLE + line * lineHeight + CAPTION,
    width: WIDTH,
    height: mapHeight,
  });
  for (let line = 0; line < lines; line++) {
    const area = place(0, line);
    caption(context, area, 'signal');
    drawNames(context, area, axes);
    drawTraces(context, area, sheet.input, signal.names.length);
    drawTime(context, area, axes);
    const below = { ...area, y: area.y + area.height + SCALE + 14 };
    drawText(context, 'relevance, sum over channels', below, LEGEND);
    if (!scalp) continue;
    drawText(context, 'head at the times of most', { ...below, y: below.y + COURSE }, LEGEND);
    drawText(context, 'relevance, the nose up', { ...below, y: below.y + COURSE + 15 }, LEGEND);
  }
  for (const [i, map] of maps.entries()) {
    const area = place(1 + (i % perLine), Math.floor(i / perLine));
    caption(context, area, columns[i] as string);
    drawExplanation(context, area, map, axes, scalp);
  }
  return encodePng(canvas);
}

function drawExplanation(
  context: SKRSContext2D,
  area: Area,
  map: Heatmap,
  axes: SignalAxes,
  scalp: Scalp | undefined,
): void {
  const limit = drawScaledMap(context, area, map, axes);
  const course = { ...area, y: area.y + area.height + SCALE, height: COURSE - 8 };
  drawCourse(context, course, timeCourse(map));
  const below = { ...area, y: course.y + COURSE };
  if (scalp) drawHeads(context, below, map, axes, scalp);
  const bar = { ...below, y: below.y + (scalp ? HEAD + HEAD_CAPTION + 8 : 8), height: BAR };
  drawColorBar(context, bar, limit, [map]);
}

/** Maps of the head at the times of most relevance, on a scale of their own. */
function drawHeads(
  context: SKRSContext2D,
  { x, y }: Area,
  map: Heatmap,
  axes: SignalAxes,
  scalp: Scalp,
): void {
  const heads = strongestStretches(map, HEADS).map((stretch) => ({
    stretch,
    values: channelMeans(map, stretch.first, stretch.last),
  }));
  const limit = largest(heads.flatMap(({ values }) => [...values])) || 1;
  for (const [i, { stretch, values }] of heads.entries()) {
    const area = { x: x + i * HEAD, y, width: HEAD, height: HEAD };
    drawScalp(context, area, scalp, values, { limit, signed: map.signed });
    const time = timeText((stretch.first + stretch.last) / 2, axes);
    drawText(context, time, { ...area, y: y + HEAD }, { size: 11, align: 'center' });
  }
  const [first] = heads;
  if (!first) return;
  const lasting = timeText(first.stretch.last - first.stretch.first, axes);
  const note = `means over ${lasting}, colours end at ${shortNumber(limit)}`;
  drawText(context, note, { x, y: y + HEAD + 15, width: WIDTH }, { size: 10, align: 'center' });
}

function caption(context: SKRSContext2D, area: Area, text: string): void {
  drawText(context, text, { ...area, y: area.y - CAPTION }, { size: 12, bold: true, align: 'center' });
}
