import { drawn, short } from './dom.js';

/** @import { LineChart, DrawnCurve, Method } from './types.js' */

const MARGIN = { top: 12, right: 16, bottom: 44, left: 62 };
const MARKERS_A_CURVE = 10;

/**
 * Draws lines with bands, axes and a cursor.
 * @param {{ width: number, height: number, x: string, y: string, lines: DrawnCurve[], label: string }} options
 * @returns {LineChart}
 */
export function lineChart({ width, height, x, y, lines, label }) {
  const steps = Math.max(1, ...lines.map((line) => line.steps.at(-1) ?? 0));
  const [low, high] = rangeOf(lines);
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  /** @param {number} step */
  const px = (step) => MARGIN.left + (step / steps) * (right - MARGIN.left);
  /** @param {number} value */
  const py = (value) => bottom - ((value - low) / (high - low)) * (bottom - MARGIN.top);
  const root = drawn('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
  for (const value of ticks(low, high, height / 60)) {
    root.append(
      drawn('path', { class: value === 0 ? 'zero' : 'grid', d: `M${MARGIN.left} ${py(value)}H${right}` }),
      drawn('text', { x: MARGIN.left - 8, y: py(value) + 4, 'text-anchor': 'end' }, short(value)),
    );
  }
  for (const step of ticks(0, steps, width / 90).filter(Number.isInteger)) {
    root.append(drawn('text', { x: px(step), y: bottom + 18, 'text-anchor': 'middle' }, short(step)));
  }
  const middle = (MARGIN.top + bottom) / 2;
  root.append(
    drawn('path', { class: 'axis', d: `M${MARGIN.left} ${MARGIN.top}V${bottom}H${right}` }),
    drawn(
      'text',
      { class: 'title', x: (MARGIN.left + right) / 2, y: height - 6, 'text-anchor': 'middle' },
      x,
    ),
    drawn(
      'text',
      {
        class: 'title',
        x: 0,
        y: 0,
        'text-anchor': 'middle',
        transform: `translate(14 ${middle}) rotate(-90)`,
      },
      y,
    ),
  );
  for (const line of lines) root.append(...bandOf(line, px, py));
  for (const line of lines) root.append(...lineOf(line, px, py));
  const cursor = drawn('g', { class: 'cursor' });
  root.append(cursor);
  return {
    element: root,
    setCursor(step) {
      cursor.replaceChildren();
      if (step === undefined) return;
      cursor.append(drawn('path', { d: `M${px(step)} ${MARGIN.top}V${bottom}` }));
      for (const line of lines.filter(({ faint }) => !faint)) {
        const value = line.values[line.steps.indexOf(step)];
        if (value === undefined) continue;
        cursor.append(drawn('circle', { class: `hue${line.method.hue}`, cx: px(step), cy: py(value), r: 5 }));
      }
    },
    stepAt(clientX) {
      const box = root.getBoundingClientRect();
      const inside = ((clientX - box.left) / box.width) * width;
      const step = Math.round(((inside - MARGIN.left) / (right - MARGIN.left)) * steps);
      return Math.min(Math.max(step, 0), steps);
    },
    place: (step) => px(step) / width,
  };
}

/**
 * A piece of a method's line with its marker, for legends.
 * @param {Method} method
 */
export function sampleOf(method) {
  return drawn(
    'svg',
    { class: 'sample', viewBox: '0 0 34 12', width: 34, height: 12, 'aria-hidden': 'true' },
    drawn('path', {
      class: `line hue${method.hue}`,
      'stroke-dasharray': method.dash.join(' '),
      d: 'M0 6H34',
    }),
    drawn('path', { class: `marker hue${method.hue}`, d: MARKER_PATHS[method.marker](17, 6) }),
  );
}

/**
 * @param {DrawnCurve} line
 * @param {(step: number) => number} px
 * @param {(value: number) => number} py
 */
function bandOf({ steps, low, high, method, faint }, px, py) {
  if (!low || !high || faint) return [];
  const there = high.map((value, at) => `${px(steps[at] ?? at)} ${py(value)}`);
  const back = low.map((value, at) => `${px(steps[at] ?? at)} ${py(value)}`).reverse();
  return [drawn('path', { class: `band hue${method.hue}`, d: `M${[...there, ...back].join('L')}Z` })];
}

/**
 * @param {DrawnCurve} line
 * @param {(step: number) => number} px
 * @param {(value: number) => number} py
 */
function lineOf({ steps, values, method, faint }, px, py) {
  const points = values.map((value, at) => ({ x: px(steps[at] ?? at), y: py(value) }));
  const path = drawn('path', {
    class: `line hue${method.hue}${faint ? ' faint' : ''}`,
    'stroke-dasharray': method.dash.join(' '),
    d: `M${points.map((point) => `${point.x.toFixed(1)} ${point.y.toFixed(1)}`).join('L')}`,
  });
  if (faint) return [path];
  const stride = Math.max(1, Math.round(points.length / MARKERS_A_CURVE));
  const marks = points.filter((_, at) => at % stride === method.hue % stride);
  const shape = marks.map((point) => MARKER_PATHS[method.marker](point.x, point.y)).join('');
  return [path, drawn('path', { class: `marker hue${method.hue}`, d: shape })];
}

/** @type {Record<Method['marker'], (x: number, y: number) => string>} */
const MARKER_PATHS = {
  circle: (x, y) => `M${x - 4} ${y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z`,
  triangle: (x, y) => `M${x} ${y - 4.5}l4.5 8h-9Z`,
  rect: (x, y) => `M${x - 3.5} ${y - 3.5}h7v7h-7Z`,
  rectRot: (x, y) => `M${x} ${y - 5}l5 5l-5 5l-5 -5Z`,
  crossRot: (x, y) => `M${x - 4} ${y - 4}l8 8M${x + 4} ${y - 4}l-8 8`,
  cross: (x, y) => `M${x - 5} ${y}h10M${x} ${y - 5}v10`,
  star: (x, y) => `M${x - 4} ${y - 4}l8 8M${x + 4} ${y - 4}l-8 8M${x} ${y - 5}v10M${x - 5} ${y}h10`,
};

/**
 * The values to show, zero included, with a little room.
 * @param {DrawnCurve[]} lines
 */
function rangeOf(lines) {
  const values = lines.flatMap((line) =>
    line.faint ? line.values : [...line.values, ...(line.low ?? []), ...(line.high ?? [])],
  );
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const high = values.reduce((most, value) => Math.max(most, value), 0);
  const room = (high - low || 1) * 0.04;
  return [low < 0 ? low - room : 0, high > 0 || low === 0 ? high + room : 0];
}

/**
 * Round numbers from low to high, about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
function ticks(low, high, count) {
  const rough = (high - low) / Math.max(count, 2);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Twelve digits take away what 3 * 0.1 leaves behind.
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}
