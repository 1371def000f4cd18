import type { SKRSContext2D } from '@napi-rs/canvas';
import { drawPoint } from 'chart.js/helpers';
import { FONT, fitText, INK, probeOf, wrapText } from './canvas.js';
import { seriesStyle } from './series.js';
import type { Series } from './types.js';

/** The title of a chart and, below it, the names of its series beside a sample of each. */
export interface Heading {
  /** What it takes from the top of the chart. */
  height: number;
  draw(context: SKRSContext2D): void;
}

const LEFT = 12;
const TOP = 12;
const TITLE = 28;
const LINE = 22;
const SAMPLE = 34;
const TEXT = `13px "${FONT}"`;
const BOLD = `bold 16px "${FONT}"`;

/** Lays out the heading in the width; the series flow over as many lines as they need. Nothing is named when it is alone. */
export function headingOf(
  title: string,
  series: readonly Series[],
  sample: 'line' | 'bar',
  width: number,
): Heading {
  const entries = series.length > 1 ? flow(series, width - 2 * LEFT) : [];
  const titles = title === '' ? [] : titleLines(title, width - 2 * LEFT);
  const legendTop = TOP + (titles.length === 0 ? 0 : TITLE + (titles.length - 1) * LINE);
  return {
    height: legendTop + (entries.at(-1)?.line ?? -1) * LINE + LINE + 10,
    draw(context) {
      context.textAlign = 'left';
      context.textBaseline = 'middle';
      context.fillStyle = INK;
      context.font = BOLD;
      titles.forEach((line, index) => {
        context.fillText(line, LEFT, TOP + 10 + index * LINE);
      });
      entries.forEach(({ text, look, x, line }) => {
        const y = legendTop + line * LINE + LINE / 2;
        drawSample(context, look, sample, LEFT + x, y);
        context.fillStyle = INK;
        context.font = TEXT;
        context.fillText(text, LEFT + x + SAMPLE + 6, y);
      });
    },
  };
}

/** A title broken at its spaces; a word that is longer than a line is cut. */
function titleLines(title: string, width: number): string[] {
  const probe = probeOf(BOLD);
  return wrapText(probe, title, width).map((line) => fitText(probe, line, width));
}

interface Entry {
  readonly text: string;
  readonly look: number;
  readonly x: number;
  readonly line: number;
}

function flow(series: readonly Series[], width: number): Entry[] {
  const probe = probeOf(TEXT);
  let x = 0;
  let line = 0;
  return series.map(({ label, look }, index) => {
    const text = fitText(probe, label, width - SAMPLE - 6);
    const needed = SAMPLE + 6 + probe.measureText(text).width;
    if (x > 0 && x + needed > width) {
      x = 0;
      line++;
    }
    const entry = { text, look: look ?? index, x, line };
    x += needed + 22;
    return entry;
  });
}

function drawSample(
  context: SKRSContext2D,
  look: number,
  sample: 'line' | 'bar',
  x: number,
  y: number,
): void {
  const { color, dash, marker } = seriesStyle(look);
  context.fillStyle = color;
  if (sample === 'bar') {
    context.fillRect(x, y - 5, SAMPLE, 10);
    return;
  }
  context.strokeStyle = color;
  context.lineWidth = 2;
  context.setLineDash([...dash]);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + SAMPLE, y);
  context.stroke();
  context.setLineDash([]);
  drawPoint(context as never, { pointStyle: marker, radius: 4, borderWidth: 1.5 }, x + SAMPLE / 2, y);
}
