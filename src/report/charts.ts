import { createCanvas, SvgExportFlag } from '@napi-rs/canvas';
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  type Plugin,
  PointElement,
  type Scale,
  type Tick,
  Ticks,
} from 'chart.js';
import { visible } from '../visible.js';
import { encodePng, FONT, fitText, withVisibleText } from './canvas.js';
import { type Heading, headingOf } from './heading.js';
import { arranged } from './order.js';
import { seriesStyle } from './series.js';
import type { BarChart, BarSeries, Curve, CurveChart, Drawing } from './types.js';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
);
Chart.defaults.font = { ...Chart.defaults.font, family: FONT, size: 13 };

const INK = '#1a1a1a';
const WIDTH = 760;

/** Draws one line a curve, with its confidence band, markers and dashes, over the perturbation steps. */
export async function curveChart({ title, x, y, curves }: CurveChart): Promise<Drawing> {
  const heading = headingOf(title, names(curves), 'line', WIDTH);
  return draw(420 + heading.height, title, heading, {
    type: 'line',
    data: { datasets: curves.flatMap(lineWithBand) },
    options: {
      scales: {
        x: { type: 'linear', ...axis(x), grid: { display: false } },
        y: { type: 'linear', ...axis(y), grid: { color: strongAtZero } },
      },
      // No band may veil the line of another curve.
      plugins: { filler: { drawTime: 'beforeDatasetsDraw' } },
    },
  });
}

/** Draws horizontal bars with error bars, {@link arranged}: however many there are, the chart stays of a size to look at. */
export async function barChart(all: BarChart): Promise<Drawing> {
  const chart = arranged(all);
  const { title, series, groups, counts, notes = [] } = chart;
  const heading = headingOf(title, names(series), 'bar', WIDTH);
  const height = heading.height + 70 + 16 * notes.length + groups.length * (10 + 14 * series.length);
  return draw(height, title, heading, {
    type: 'bar',
    data: {
      labels: groups.map((group, index) => groupLabel(group, counts?.[index])),
      datasets: series.map(({ label, bars }, index) => ({
        label,
        data: bars.map((bar) => bar?.value ?? null),
        backgroundColor: seriesStyle(index).color,
        categoryPercentage: 0.8,
        barPercentage: 0.9,
      })),
    },
    options: {
      indexAxis: 'y',
      scales: {
        x: {
          type: 'linear',
          ...axis([chart.x, ...notes]),
          grid: { color: strongAtZero },
          ...reach(chart),
        },
        y: { type: 'category', ticks: { color: INK, autoSkip: false }, grid: { display: false } },
      },
    },
    plugins: [errorBars(series), referenceLine(chart.reference)],
  });
}

type Configuration = ChartConfiguration<'line' | 'bar', unknown[]>;

/** Draws the chart twice, as pixels (two a unit, fit for print) and as lines. */
async function draw(height: number, title: string, heading: Heading, chart: Configuration): Promise<Drawing> {
  const onto = (canvas: unknown, devicePixelRatio: number) => {
    const options = {
      ...chart.options,
      animation: false,
      responsive: false,
      devicePixelRatio,
      locale: 'en-US',
      layout: { padding: { top: heading.height, right: 20, bottom: 8, left: 8 } },
    };
    const plugins = [paperWith(heading), ...(chart.plugins ?? [])];
    // Chart.js asks for a browser's canvas; this one has all that it uses.
    new Chart(canvas as never, { ...chart, options, plugins } as ChartConfiguration);
  };
  const pixels = withVisibleText(createCanvas(WIDTH, height));
  onto(pixels, 2);
  const lines = withVisibleText(createCanvas(WIDTH, height, SvgExportFlag.NoPrettyXML));
  onto(lines, 1);
  return { png: await encodePng(pixels), svg: readableSvg(lines.getContent().toString(), title, height) };
}

const CLIP_NAME = /(?<=id="|url\(#)cl_\w+/g;

/**
 * Text stays text, so that it can be searched and edited, with fonts of the same metrics where DejaVu is missing.
 * Names of clip paths count from one: drawn twice, a chart is the same file. A view box lets pages scale it.
 */
function readableSvg(svg: string, title: string, height: number): string {
  const clips = [...new Set(svg.match(CLIP_NAME))];
  const escaped = visible(title).replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return svg
    .replaceAll(`font-family="${FONT}"`, `font-family="${FONT}, Verdana, sans-serif"`)
    .replace(CLIP_NAME, (name) => `clip${clips.indexOf(name) + 1}`)
    .replace(
      /<svg ([^>]*>)/,
      (_, rest) => `<svg viewBox="0 0 ${WIDTH} ${height}" ${rest}<title>${escaped}</title>`,
    );
}

function paperWith(heading: Heading): Plugin {
  return {
    id: 'paper',
    beforeDraw({ ctx, width, height }) {
      ctx.save();
      ctx.fillStyle = '#ffffff';
      ctx.fillRect(0, 0, width, height);
      heading.draw(ctx as never);
      ctx.restore();
    },
  };
}

function names(series: readonly { label: string }[]): string[] {
  return series.map(({ label }) => label);
}

function strongAtZero({ tick }: { tick?: { value: number } }): string {
  return tick?.value === 0 ? '#8a8a8a' : '#e4e4e4';
}

/** An axis with its title, a line or several. */
function axis(title: string | string[]) {
  return {
    title: { display: true, text: title, color: INK },
    ticks: { color: INK, callback: tickText },
    border: { color: '#8a8a8a' },
  } as const;
}

/** Chart.js's own text with a real minus, as in the report. */
function tickText(this: Scale, value: string | number, index: number, ticks: Tick[]): string {
  return Ticks.formatters.numeric.call(this, Number(value), index, ticks).replace('-', '−');
}

const MARKERS_A_CURVE = 10;

function lineWithBand(curve: Curve, index: number) {
  const { color, dash, marker } = seriesStyle(index);
  const points = (values: readonly number[]) =>
    values.map((value, at) => ({ x: curve.steps[at] ?? at, y: value }));
  const stride = Math.max(1, Math.round(curve.values.length / MARKERS_A_CURVE));
  // Markers of different curves stand at different steps, so that they stay apart where curves meet.
  const marked = curve.values.map((_, at) => (at % stride === index % stride ? 4 : 0));
  const edge = { borderWidth: 0, pointRadius: 0, backgroundColor: `${color}26` };
  const line = {
    label: curve.label,
    data: points(curve.values),
    borderColor: color,
    backgroundColor: color,
    borderWidth: 2,
    borderDash: [...dash],
    pointStyle: marker,
    pointRadius: marked,
    pointBorderWidth: 1.5,
  };
  const band =
    curve.low && curve.high
      ? [
          { ...edge, data: points(curve.low), fill: false },
          { ...edge, data: points(curve.high), fill: '-1' },
        ]
      : [];
  return [line, ...band];
}

/** The name, shortened where it would leave no room for the bars, and the number of images. */
function groupLabel(name: string, count: string | undefined): string {
  const probe = withVisibleText(createCanvas(1, 1)).getContext('2d');
  probe.font = `13px "${FONT}"`;
  return `${fitText(probe, name, WIDTH / 3)}${count === undefined ? '' : ` (n = ${count})`}`;
}

/** The axis must hold the error bars and the reference, which Chart.js does not know of. */
function reach({ series, reference }: BarChart): { suggestedMin: number; suggestedMax: number } {
  const ends = series.flatMap(({ bars }) =>
    bars.flatMap((bar) => (bar ? [bar.value, bar.low ?? bar.value, bar.high ?? bar.value] : [])),
  );
  const all = [0, ...ends, ...(reference === undefined ? [] : [reference])];
  return { suggestedMin: Math.min(...all), suggestedMax: Math.max(...all) };
}

function errorBars(series: readonly BarSeries[]): Plugin {
  return {
    id: 'errorBars',
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.strokeStyle = INK;
      ctx.lineWidth = 1.25;
      series.forEach(({ bars }, index) => {
        bars.forEach((bar, row) => {
          const y = chart.getDatasetMeta(index).data[row]?.y;
          if (bar === undefined || y === undefined) return;
          if (bar.interval === 'unknown') {
            ctx.fillStyle = INK;
            ctx.textBaseline = 'middle';
            ctx.fillText(' ?', chart.scales.x?.getPixelForValue(Math.max(0, bar.value)) ?? 0, y);
          }
          if (bar.low === undefined || bar.high === undefined) return;
          const [low = 0, high = 0] = [bar.low, bar.high].map((value) =>
            chart.scales.x?.getPixelForValue(value),
          );
          ctx.beginPath();
          for (const end of [low, high]) {
            ctx.moveTo(end, y - 3);
            ctx.lineTo(end, y + 3);
          }
          ctx.stroke();
          ctx.beginPath();
          ctx.setLineDash(bar.interval === 'student' ? [3, 3] : []);
          ctx.moveTo(low, y);
          ctx.lineTo(high, y);
          ctx.stroke();
          ctx.setLineDash([]);
        });
      });
    },
  };
}

function referenceLine(reference: number | undefined): Plugin {
  return {
    id: 'referenceLine',
    beforeDatasetsDraw({ ctx, scales, chartArea }) {
      if (reference === undefined) return;
      const x = scales.x?.getPixelForValue(reference) ?? 0;
      ctx.strokeStyle = INK;
      ctx.lineWidth = 1;
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
    },
  };
}
