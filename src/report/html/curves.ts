import type { ReportData } from './data.js';
import { html, type Markup } from './markup.js';
import { swatch, unbroken } from './methods.js';

const ORDERS = {
  morf: 'most relevant first',
  lerf: 'least relevant first',
  difference: 'difference LeRF − MoRF',
  insertion: 'insertion',
};

const SCALES = { absolute: 'absolute', relative: 'relative to random', score: 'mean score' };

/** Choices for the curves; the script draws them. */
export function curvesArea({ curves, methods, called }: ReportData): Markup {
  const orders = (Object.keys(ORDERS) as (keyof typeof ORDERS)[]).filter((order) =>
    curves.some((view) => view.order === order),
  );
  const scales = Object.entries(SCALES).filter(([scale]) => curves.some((view) => view.scale === scale));
  return html`<div class="controls" id="curve-controls">
<fieldset><legend>Order</legend>${orders.map(
    (order, index) =>
      html`<label><input type="radio" name="order" value="${order}"${index === 0 && html` checked`}> ${ORDERS[order]}</label>`,
  )}</fieldset>
<fieldset><legend>Scale</legend>${scales.map(
    ([scale, label], index) =>
      html`<label><input type="radio" name="scale" value="${scale}"${index === 0 && html` checked`}> ${label}</label>`,
  )}</fieldset>
</div>
<div class="legend" role="group" aria-label="Methods shown">${methods.map(
    ({ label }, place) =>
      html`<button type="button" class="toggle" data-method="${place}" aria-pressed="true">${unbroken(label, swatch(methods, place))}</button>`,
  )}</div>
<div class="chart" id="curve-chart"></div>
<p class="note">Bands are confidence intervals over ${called.samples}. Point at the chart, or focus it and use the arrow keys, to read the values at a step.</p>
<div id="readout" class="hidden" aria-live="polite"></div>`;
}
