import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Heatmap } from '../../input/heatmap.js';
import type { SignalRows } from '../../input/layout.js';
import { encodePng, paper } from '../canvas.js';
import { shortNumber } from '../numbers.js';
import { type Area, drawColorBar, drawText, largest } from '../panels.js';
import { drawNames, roomForNames, SCALE, type SignalAxes } from './axes.js';
import { channelMeans } from './course.js';
import { drawScaledMap } from './panels.js';
import { drawScalp, type Scalp, scalpOf } from './scalp.js';

/** Mean relevance of the samples of a class, one map a method; undefined where a method explained none. */
export interface ClassMaps {
  readonly name: string;
  readonly samples: number;
  readonly maps: readonly (Heatmap | undefined)[];
}

export interface ClassSheet {
  readonly title: string;
  readonly signal: SignalRows;
  readonly columns: readonly string[];
  readonly classes: readonly ClassMaps[];
}

const WIDTH = 220;
const GAP = 16;
const MARGIN = 16;
const TITLE = 26;
const CAPTION = 20;
const HEAD = 150;
const NOTE = 16;
const BAR = 26;
const MAP_HEIGHT = 400;
const ROW_HEIGHT = 24;

/**
 * Draws mean relevance by class: a row a class, a column a method, as channels x time and, where sensors have places, over
 * all of the time as a map of the head.
 */
export async function classPicture({ title, signal, columns, classes }: ClassSheet): Promise<Buffer> {
  const scalp = signal.positions && scalpOf(signal.positions);
  const mapHeight = Math.min(MAP_HEIGHT, ROW_HEIGHT * signal.names.length);
  const rowHeight = 2 * CAPTION + mapHeight + SCALE + BAR + (scalp ? HEAD + NOTE + GAP : 0) + GAP;
  const names = roomForNames(signal.names);
  const width = 2 * MARGIN + names + columns.length * (WIDTH + GAP) - GAP;
  const canvas = paper(width, 2 * MARGIN + TITLE + classes.length * rowHeight - GAP, 1);
  const context = canvas.getContext('2d');
  drawText(context, title, { x: MARGIN, y: MARGIN, width: width - 2 * MARGIN }, { size: 16, bold: true });
  for (const [row, { name, samples, maps }] of classes.entries()) {
    const y = MARGIN + TITLE + row * rowHeight;
    const about = `${name} (${samples} ${samples === 1 ? 'sample' : 'samples'})`;
    drawText(context, about, { x: MARGIN, y, width: width - 2 * MARGIN }, { size: 13, bold: true });
    for (const [column, map] of maps.entries()) {
      const area = {
        x: MARGIN + names + column * (WIDTH + GAP),
        y: y + 2 * CAPTION,
        width: WIDTH,
        height: mapHeight,
      };
      const above = { ...area, y: area.y - CAPTION };
      drawText(context, columns[column] as string, above, { size: 12, align: 'center' });
      if (!map) continue;
      const axes = { ...signal, moments: map.columns };
      if (column === 0) drawNames(context, area, axes);
      drawMean(context, area, map, axes, scalp);
    }
  }
  return encodePng(canvas);
}

function drawMean(
  context: SKRSContext2D,
  area: Area,
  map: Heatmap,
  axes: SignalAxes,
  scalp: Scalp | undefined,
): void {
  const limit = drawScaledMap(context, area, map, axes);
  const bar = { ...area, y: area.y + area.height + SCALE, height: BAR };
  drawColorBar(context, bar, limit, [map]);
  if (!scalp) return;
  const values = channelMeans(map);
  const end = largest(values) || 1;
  const head = { ...area, y: bar.y + BAR, height: HEAD };
  drawScalp(context, head, scalp, values, { limit: end, signed: map.signed });
  const note = `mean over all times, colours end at ${shortNumber(end)}`;
  drawText(context, note, { ...area, y: head.y + HEAD + 2 }, { size: 10, align: 'center' });
}
