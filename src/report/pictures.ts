import type { SKRSContext2D } from '@napi-rs/canvas';
import sharp from 'sharp';
import type { Heatmap } from '../input/heatmap.js';
import { encodePng, FONT, paper, probeOf } from './canvas.js';
import { COLOURS_END, commonLimit } from './colormaps.js';
import { threeDigits } from './numbers.js';
import {
  type Area,
  aspectOf,
  drawColorBar,
  drawHeatmap,
  drawInput,
  drawText,
  heatmapPixels,
} from './panels.js';
import type { DrawnInput } from './types.js';

/** One input and its heatmaps, one a column; undefined where there is none. */
export interface SheetRow {
  /** Written under the input, e.g. its file name. */
  label?: string;
  subject: DrawnInput;
  maps: readonly (Heatmap | undefined)[];
}

/** Inputs beside their heatmaps: rows are inputs, columns are methods or networks. */
export interface Sheet {
  /** Methods or networks, one a heatmap. */
  columns: readonly string[];
  rows: readonly SheetRow[];
  title?: string;
  /** The strongest classes with their scores, written under the title. */
  classes?: readonly { label: string; score: number }[];
  /** Colours end for every heatmap on its own (default), or alike for all of a row or of the sheet: comparable, then. */
  scale?: 'each' | 'row' | 'sheet';
  /** Percentile of |R| where the colours end; 100 (default 99.5) is the largest magnitude. */
  percentile?: number;
  /** Show the input in grey behind its heatmaps. */
  overlay?: boolean;
  /** Pixels of the file per unit of the layout: 2 (default) is fit for print, 1 for previews; fewer where they are too many. */
  ratio?: number;
}

const CELL = 224;
const GAP = 12;
const MARGIN = 16;
const CAPTION = 20;
const FOOTER = 26;
/** More heatmaps than this continue on further lines under the same input, as many on each. */
const MAPS_A_LINE = 5;

/** The bare heatmap, a pixel a place, as a PNG; its colours end at `limit` (see {@link commonLimit}). */
export async function heatmapPng(map: Heatmap, limit: number): Promise<Buffer> {
  const { data, width, height } = heatmapPixels(map, limit);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/**
 * Draws inputs beside their heatmaps, each with a caption and a colour bar, as a PNG on white. Blue speaks against
 * the class, red for it; sensitivities go from white through orange to violet.
 */
export async function comparisonPicture(sheet: Sheet): Promise<Buffer> {
  const lines = Math.max(Math.ceil(sheet.columns.length / MAPS_A_LINE), 1);
  const perLine = Math.max(Math.ceil(sheet.columns.length / lines), 1);
  const width = 2 * MARGIN + (perLine + 1) * (CELL + GAP) - GAP;
  const heading = headingLines(sheet, width - 2 * MARGIN);
  const rows = sheet.rows.map((row, index) => layRow(row, sheet.columns, perLine, index === 0));
  const top = MARGIN + heading.height;
  const height = top + rows.reduce((sum, row) => sum + row.height, 0) + MARGIN - GAP;
  const canvas = paper(width, height, sheet.ratio ?? 2);
  const context = canvas.getContext('2d');
  heading.draw(context);
  const limits = limitsOf(sheet);
  let y = top;
  rows.forEach((row, index) => {
    row.draw(context, y, limits[index] as number[], sheet);
    y += row.height;
  });
  return encodePng(canvas);
}

/** Where the colours of every heatmap end, by row and column. */
function limitsOf({ rows, scale = 'each', percentile = COLOURS_END }: Sheet): number[][] {
  const present = (maps: readonly (Heatmap | undefined)[]) => maps.filter((map) => map !== undefined);
  const all = scale === 'sheet' ? commonLimit(present(rows.flatMap((row) => row.maps)), percentile) : 0;
  return rows.map(({ maps }) => {
    const row = scale === 'row' ? commonLimit(present(maps), percentile) : all;
    return maps.map((map) => (scale === 'each' && map ? commonLimit([map], percentile) : row));
  });
}

interface LaidRow {
  height: number;
  draw(context: SKRSContext2D, y: number, limits: readonly number[], sheet: Sheet): void;
}

function layRow(row: SheetRow, columns: readonly string[], perLine: number, first: boolean): LaidRow {
  const lines = Math.max(1, Math.ceil(columns.length / perLine));
  // Columns that line up are named once, at the top.
  const caption = first || lines > 1 ? CAPTION : 0;
  const cell = CELL * aspectOf(row.subject);
  const line = caption + cell + FOOTER + GAP;
  return {
    height: lines * line,
    draw(context, y, limits, { overlay = false }) {
      const area = (column: number, lineNumber: number): Area => ({
        x: MARGIN + column * (CELL + GAP),
        y: y + lineNumber * line + caption,
        width: CELL,
        height: cell,
      });
      const name = (text: string, place: Area) => {
        if (caption === 0) return;
        drawText(
          context,
          text,
          { ...place, y: place.y - caption },
          { size: 12, bold: true, align: 'center' },
        );
      };
      const input = area(0, 0);
      name('input', input);
      drawInput(context, input, row.subject);
      drawText(context, row.label ?? '', { ...input, y: input.y + cell + 5 }, { size: 11, align: 'center' });
      columns.forEach((column, index) => {
        const place = area(1 + (index % perLine), Math.floor(index / perLine));
        name(column, place);
        const map = row.maps[index];
        const limit = limits[index];
        if (!map || limit === undefined) return;
        drawHeatmap(context, place, map, limit, row.subject, overlay);
        drawColorBar(context, { ...place, y: place.y + cell + 5 }, limit, [map]);
      });
    },
  };
}

/** Title and classes, the classes side by side as far as they fit. */
function headingLines({ title, classes = [] }: Sheet, width: number) {
  const probe = probeOf(`12px "${FONT}"`);
  const lines: string[] = [];
  for (const { label, score } of classes) {
    const entry = `${label}  ${threeDigits(score)}`;
    const joined = lines.length > 0 ? `${lines.at(-1)}   ·   ${entry}` : entry;
    if (lines.length > 0 && probe.measureText(joined).width <= width) lines[lines.length - 1] = joined;
    else lines.push(entry);
  }
  const titleHeight = title === undefined ? 0 : 24;
  return {
    height: titleHeight + lines.length * 18 + (title === undefined && lines.length === 0 ? 0 : 8),
    draw(context: SKRSContext2D) {
      if (title !== undefined)
        drawText(context, title, { x: MARGIN, y: MARGIN, width }, { size: 16, bold: true });
      lines.forEach((line, index) => {
        drawText(context, line, { x: MARGIN, y: MARGIN + titleHeight + index * 18, width }, { size: 12 });
      });
    },
  };
}
