import { lineChart, sampleOf } from './chart.js';
import { byId, element, short } from './dom.js';

/** @import { PageData, DrawnCurve, LineChart } from './types.js' */

/** Letters on paper keep their size in proportion to the text around. */
const PRINTED_WIDTH = 800;

/** From the cursor to the values beside it. */
const TIP_GAP = 14;

/**
 * The interactive curves: order, scale and methods to choose, values at a step to read.
 * @param {PageData} page
 */
export function startCurves(page) {
  const area = byId('curve-chart');
  const controls = byId('curve-controls');
  const readout = byId('readout');
  if (!area || !controls || !readout) return;
  const shown = new Set(page.methods.map(({ id }) => id));
  const tip = element('div', { class: 'tip', hidden: '', 'aria-hidden': 'true' });
  let /** @type {LineChart | undefined} */ chart;
  let /** @type {DrawnCurve[]} */ lines = [];
  let /** @type {number | undefined} */ cursor;

  const chosen = () => {
    const form = (/** @type {string} */ name) =>
      /** @type {HTMLInputElement | null} */ (controls.querySelector(`input[name=${name}]:checked`))?.value;
    return { order: form('order'), scale: form('scale') };
  };
  const find = (/** @type {{ order: string | undefined, scale: string | undefined }} */ wanted) =>
    page.curves.find((view) => view.order === wanted.order && view.scale === wanted.scale);

  const draw = () => {
    for (const input of controls.querySelectorAll('input')) {
      // An order exists on some scale; a scale that the chosen order lacks cannot be chosen.
      if (input.name === 'scale') input.disabled = !find({ ...chosen(), scale: input.value });
    }
    if (!find(chosen())) {
      const other = /** @type {HTMLInputElement | null} */ (
        controls.querySelector('input[name=scale]:not(:disabled)')
      );
      if (other) other.checked = true;
    }
    const view = find(chosen());
    if (!view) return;
    lines = view.curves.flatMap((curve) => {
      const method = page.methods.find(({ id }) => id === curve.label);
      return method && shown.has(method.id) ? [{ ...curve, method }] : [];
    });
    const width = matchMedia('print').matches ? PRINTED_WIDTH : Math.max(320, area.clientWidth);
    chart = lineChart({
      width,
      height: 420,
      x: view.x,
      y: view.y,
      lines,
      label: `${view.y} over ${view.x}, one line a method`,
    });
    area.replaceChildren(chart.element, tip);
    point(cursor);
  };

  /** @param {number | undefined} step */
  const point = (step) => {
    cursor = step;
    chart?.setCursor(step);
    tip.hidden = step === undefined || lines.length === 0;
    if (step === undefined || !chart) return;
    tip.replaceChildren(element('strong', {}, `step ${step}`), ...valuesAt(lines, step));
    const at = chart.place(step) * area.clientWidth;
    const beside =
      at + TIP_GAP + tip.offsetWidth <= area.clientWidth ? at + TIP_GAP : at - TIP_GAP - tip.offsetWidth;
    tip.style.left = `${Math.max(0, beside)}px`;
  };

  area.tabIndex = 0;
  area.addEventListener('pointermove', (event) => point(chart?.stepAt(event.clientX)));
  area.addEventListener('pointerleave', () => point(undefined));
  area.addEventListener('keydown', (event) => {
    const last = Math.max(0, ...lines.map((line) => line.steps.at(-1) ?? 0));
    const stride = event.shiftKey ? 10 : 1;
    /** @type {Record<string, number>} */
    const targets = {
      ArrowLeft: (cursor ?? 1) - stride,
      ArrowRight: (cursor ?? -1) + stride,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (event.key === 'Escape') point(undefined);
    if (target === undefined) return;
    event.preventDefault();
    const step = Math.min(Math.max(target, 0), last);
    point(step);
    readout.textContent = `step ${step}: ${valuesAt(lines, step)
      .map((entry) => entry.textContent)
      .join(', ')}`;
  });
  controls.addEventListener('change', draw);
  for (const button of document.querySelectorAll('.toggle')) {
    button.addEventListener('click', () => {
      const id = page.methods[Number(/** @type {HTMLElement} */ (button).dataset.method)]?.id ?? '';
      if (!shown.delete(id)) shown.add(id);
      button.setAttribute('aria-pressed', String(shown.has(id)));
      draw();
    });
  }
  new ResizeObserver(draw).observe(area);
  matchMedia('print').addEventListener('change', draw);
  draw();
}

/**
 * The values of all lines at a step, largest first.
 * @param {DrawnCurve[]} lines
 * @param {number} step
 */
function valuesAt(lines, step) {
  return lines
    .flatMap((line) => {
      const at = line.steps.indexOf(step);
      const value = line.values[at];
      return value === undefined ? [] : [{ line, at, value }];
    })
    .sort((a, b) => b.value - a.value)
    .map(({ line, at, value }) => {
      const low = line.low?.[at];
      const high = line.high?.[at];
      const interval = low === undefined || high === undefined ? '' : ` (${short(low)} to ${short(high)})`;
      return element('div', {}, sampleOf(line.method), `${line.method.id}  ${short(value)}${interval}`);
    });
}
