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
import { arranged, reachOf } from './bar-chart.js';
import { FONT, fitText, INK, PAPER, probeOf, wrapText } from './canvas.js';
import { type Drawing, SCREEN, type Size } from './drawing.js';
import { type Heading, headingOf } from './heading.js';
import { seriesStyle } from './series.js';
import type { BarChart, BarSeries, Curve, CurveChart } from './types.js';

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

const TEXT = `13px "${FONT}"`;
/** Height of a line of text. */
const LINE = 18;
/** Height of the curves' area, as a share of the width. */
const HEIGHT = 0.55;
/** What an axis' title may take of the side of the chart, since the axis itself is shorter: beside ticks, beside names. */
const [BESIDE_TICKS, BESIDE_NAMES] = [0.75, 0.6];

/** How a chart looks, besides its series. */
export interface ChartStyle {
  readonly size?: Size;
  /** Whether the title stands above. */
  readonly titled?: boolean;
}

/** One line a curve, with its confidence band, markers and dashes, over the perturbation steps. */
export function curveChart(chart: CurveChart, { size = SCREEN, titled = true }: ChartStyle = {}): Drawing {
  const { title, x, y, curves } = chart;
  const { width } = size;
  const heading = headingOf(titled ? title : '', curves, 'line', width);
  const height = Math.round(HEIGHT * width);
  return drawing(chart, size, height + heading.height, heading, {
    type: 'line',
    data: { datasets: curves.flatMap(lineWithBand) },
    options: {
      scales: {
        x: {
          ...axis(x, BESIDE_TICKS * width, spanOf(curves.flatMap(({ steps }) => steps))),
          grid: { display: false },
        },
        y: {
          ...axis(y, BESIDE_TICKS * height, spanOf(curves.flatMap(heightsOf))),
          grid: { color: strongAtZero },
        },
      },
      // No band may veil the line of another curve.
      plugins: { filler: { drawTime: 'beforeDatasetsDraw' } },
    },
  });
}

/** Horizontal bars with error bars, {@link arranged}: however many there are, the chart stays of a size to look at. */
export function barChart(all: BarChart, { size = SCREEN, titled = true }: ChartStyle = {}): Drawing {
  const chart = arranged(all);
  const { title, series, groups, counts, notes = [] } = chart;
  const { width } = size;
  const heading = headingOf(titled ? title : '', series, 'bar', width);
  const x = axis([chart.x, ...notes].join('; '), BESIDE_NAMES * width, reachOf(chart));
  const height = heading.height + 52 + LINE * x.title.text.length + groups.length * (10 + 14 * series.length);
  return drawing(chart, size, height, heading, {
    type: 'bar',
    data: {
      labels: groups.map((group, index) => groupLabel(group, counts?.[index], width / 3)),
      datasets: series.map(({ label, look, bars }, index) => ({
        label,
        data: bars.map((bar) => bar?.value ?? null),
        backgroundColor: seriesStyle(look ?? index).color,
        categoryPercentage: 0.8,
        barPercentage: 0.9,
      })),
    },
    options: {
      indexAxis: 'y',
      scales: {
        x: { ...x, grid: { color: strongAtZero } },
        y: { type: 'category', ticks: { color: INK, autoSkip: false }, grid: { display: false } },
      },
    },
    plugins: [errorBars(series), referenceLine(chart.reference)],
  });
}

type Configuration = ChartConfiguration<'line' | 'bar', unknown[]>;

function drawing(
  { title }: { title: string },
  size: Size,
  height: number,
  heading: Heading,
  chart: Configuration,
): Drawing {
  return {
    title,
    size,
    height,
    paint(surface, devicePixelRatio) {
      const options = {
        ...chart.options,
        animation: false,
        responsive: false,
        devicePixelRatio,
        locale: 'en-US',
        layout: { padding: { top: heading.height, right: 20, bottom: 8, left: 8 } },
      };
      const plugins = [paperWith(heading), ...(chart.plugins ?? [])];
      // Chart.js asks for a browser's canvas; a surface has all that it uses.
      new Chart(surface as never, { ...chart, options, plugins } as ChartConfiguration);
    },
  };
}

function paperWith(heading: Heading): Plugin {
  return {
    id: 'paper',
    beforeDraw({ ctx, width, height }) {
      ctx.save();
      ctx.fillStyle = PAPER;
      ctx.fillRect(0, 0, width, height);
      heading.draw(ctx as never);
      ctx.restore();
    },
  };
}

function strongAtZero({ tick }: { tick?: { value: number } }): string {
  return tick?.value === 0 ? '#8a8a8a' : '#e4e4e4';
}

type Span = readonly [low: number, high: number];

function spanOf(values: readonly number[]): Span {
  const finite = values.filter(Number.isFinite);
  return [Math.min(...finite), Math.max(...finite)];
}

function heightsOf({ values, low = [], high = [] }: Curve): number[] {
  return [...values, ...low, ...high];
}

/**
 * A linear axis that begins and ends with the data, where Chart.js would go on to the next round number; its title is broken
 * into lines where it is longer than the chart.
 */
function axis(title: string, length: number, [low, high]: Span) {
  return {
    type: 'linear',
    suggestedMin: low,
    suggestedMax: high,
    afterBuildTicks(scale: Scale) {
      if (!(low < high)) return;
      Object.assign(scale, { min: low, max: high });
      scale.ticks = scale.ticks.filter(({ value }) => value >= low && value <= high);
    },
    title: { display: true, text: wrapText(probeOf(TEXT), title, length), color: INK },
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
  const { color, dash, marker } = seriesStyle(curve.look ?? index);
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
function groupLabel(name: string, count: string | undefined, width: number): string {
  return `${fitText(probeOf(TEXT), name, width)}${count === undefined ? '' : ` (n = ${count})`}`;
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
            ctx.fillText('?', (chart.scales.x?.getPixelForValue(Math.max(0, bar.value)) ?? 0) + 4, y);
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
