import { lineChart } from './chart.js';
import { element, short } from './dom.js';

/** @import { PageData, ImageRecord, Order, LineChart, Gallery, Unit, Fill } from './types.js' */

const STEPS_A_SECOND = 12;

/**
 * Plays the perturbation of one image: the image as perturbed at a step, beside the falling score.
 * @param {HTMLElement} card
 * @param {ImageRecord} data
 * @param {PageData} page
 * @param {Gallery} gallery
 */
export function addPlayer(card, data, page, gallery) {
  const original = /** @type {HTMLImageElement} */ (card.querySelector('img.original'));
  const playable = (/** @type {Order} */ order) =>
    page.methods.filter((_, index) => data.results[index]?.[order]);
  const orders = /** @type {Order[]} */ (['morf', 'lerf']).filter((order) => playable(order).length > 0);
  if (orders.length === 0) return;
  const name = card.dataset.number ?? '';
  const state = { method: 0, order: /** @type {Order} */ (orders[0]), step: 0 };
  let /** @type {LineChart | undefined} */ chart;
  let /** @type {number | undefined} */ timer;

  const canvas = element('canvas', {
    width: original.naturalWidth,
    height: original.naturalHeight,
    role: 'img',
  });
  const slider = element('input', {
    type: 'range',
    min: 0,
    max: 1,
    value: 0,
    'aria-label': 'step of the perturbation',
  });
  const play = element('button', { type: 'button', class: 'play' }, 'Play');
  const text = element('output', { class: 'step' });
  const orderSelect = element(
    'select',
    { 'aria-label': 'order' },
    ...orders.map((order) =>
      element('option', { value: order }, order === 'morf' ? 'most relevant first' : 'least relevant first'),
    ),
  );
  const plot = element('div', { class: 'plot' });
  const controls = element('div', { class: 'controls' }, play, slider, orderSelect, text);
  card.append(
    element(
      'div',
      { class: 'player', role: 'group', 'aria-label': `perturbation of image ${Number(name) + 1}` },
      element('figure', {}, canvas),
      plot,
      controls,
    ),
  );
  const replacement = replacementOf(original, gallery.fill, Number(name));

  const units = data.units ?? gallery.units ?? [];
  const current = () => data.results[state.method]?.[state.order];
  const show = () => {
    const replay = current();
    if (!replay) return;
    const replaced = replay.order.slice(0, state.step).map((unit) => units[unit] ?? []);
    drawPerturbed(canvas, original, replacement, replaced, gallery);
    const score = replay.scores[state.step] ?? 0;
    const id = page.methods[state.method]?.id ?? '';
    text.textContent = `${id}: ${state.step} of ${replay.order.length} regions replaced, score ${short(score)}`;
    canvas.setAttribute('aria-label', text.textContent);
    slider.value = String(state.step);
    slider.setAttribute('aria-valuetext', text.textContent);
    chart?.setCursor(state.step);
  };
  const redraw = () => {
    const replay = current();
    if (!replay) return;
    slider.max = String(replay.order.length);
    state.step = Math.min(state.step, replay.order.length);
    const lines = page.methods.flatMap((method, index) => {
      const scores = data.results[index]?.[state.order]?.scores;
      return scores
        ? [
            {
              method,
              label: method.id,
              steps: [...scores.keys()],
              values: scores,
              faint: index !== state.method,
            },
          ]
        : [];
    });
    // The chosen method is drawn last, over the others.
    lines.sort((a, b) => Number(b.faint) - Number(a.faint));
    chart = lineChart({
      width: Math.max(320, plot.clientWidth),
      height: 240,
      x: 'regions replaced',
      y: 'score',
      lines,
      label: `scores of image ${Number(name) + 1}`,
    });
    plot.replaceChildren(chart.element);
    for (const pick of card.querySelectorAll('.pick')) {
      pick.setAttribute(
        'aria-pressed',
        String(Number(/** @type {HTMLElement} */ (pick).dataset.method) === state.method),
      );
    }
    show();
  };
  const stop = () => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = 'Play';
  };
  /** @param {number} method */
  const choose = (method) => {
    if (!data.results[method]?.[state.order]) return;
    state.method = method;
    redraw();
  };

  slider.addEventListener('input', () => {
    stop();
    state.step = Number(slider.value);
    show();
  });
  play.addEventListener('click', () => {
    if (timer !== undefined) return stop();
    const last = current()?.order.length ?? 0;
    if (state.step >= last) state.step = 0;
    play.textContent = 'Pause';
    timer = setInterval(() => {
      state.step++;
      show();
      if (state.step >= last) stop();
    }, 1000 / STEPS_A_SECOND);
  });
  orderSelect.addEventListener('change', () => {
    stop();
    state.order = /** @type {Order} */ (orderSelect.value);
    if (!current()) state.method = data.results.findIndex((result) => result?.[state.order]);
    redraw();
  });
  for (const pick of /** @type {NodeListOf<HTMLElement>} */ (card.querySelectorAll('.pick'))) {
    pick.addEventListener('click', () => choose(Number(pick.dataset.method)));
  }
  state.method = data.results.findIndex((result) => result?.[state.order]);
  redraw();
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLImageElement} original
 * @param {HTMLCanvasElement} replacement
 * @param {Unit[]} replaced
 * @param {Gallery} gallery
 */
function drawPerturbed(canvas, original, replacement, replaced, gallery) {
  const context = canvas.getContext('2d');
  if (!context) return;
  context.drawImage(original, 0, 0, canvas.width, canvas.height);
  const scaleX = canvas.width / gallery.width;
  const scaleY = canvas.height / gallery.height;
  context.imageSmoothingEnabled = false;
  for (const unit of replaced) {
    for (let at = 0; at < unit.length; at += 4) {
      const [left = 0, top = 0, width = 0, height = 0] = unit.slice(at, at + 4);
      const [x, y, across, down] = [left * scaleX, top * scaleY, width * scaleX, height * scaleY];
      context.drawImage(replacement, x, y, across, down, x, y, across, down);
    }
  }
}

/**
 * A picture of the original's size from which replaced regions are cut.
 * @param {HTMLImageElement} original
 * @param {Fill} fill
 * @param {number} seed
 */
function replacementOf(original, fill, seed) {
  const canvas = element('canvas', { width: original.naturalWidth, height: original.naturalHeight });
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  const [red, green, blue] = fill.rgb ?? [128, 128, 128];
  context.fillStyle = `rgb(${red} ${green} ${blue})`;
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (fill.kind === 'noise') {
    const pixels = context.createImageData(canvas.width, canvas.height);
    const random = randomBytes(seed);
    for (let at = 0; at < pixels.data.length; at++) pixels.data[at] = at % 4 === 3 ? 255 : random();
    context.putImageData(pixels, 0, 0);
  }
  return canvas;
}

/**
 * Numbers from 0 to 255, the same for the same seed (mulberry32): the picture does not flicker.
 * @param {number} seed
 */
function randomBytes(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) & 255;
  };
}
