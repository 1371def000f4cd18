import { byId, dataOf, element } from './dom.js';
import { addPlayer } from './player.js';
import { watchValues } from './values.js';
import { makeZoom } from './zoom.js';

/** @import { PageData, ImageRecord, Gallery } from './types.js' */

/**
 * The gallery: filter by class, sort, heatmaps over their image; a player, zoom and values for every image that comes into view.
 * @param {PageData} page
 */
export function startGallery(page) {
  const list = byId('cards');
  const filter = /** @type {HTMLSelectElement | null} */ (byId('filter'));
  const sort = /** @type {HTMLSelectElement | null} */ (byId('sort'));
  const ascending = /** @type {HTMLInputElement | null} */ (byId('ascending'));
  const overlay = /** @type {HTMLInputElement | null} */ (byId('overlay'));
  const shown = byId('shown');
  const { gallery } = page;
  if (!list || !filter || !sort || !ascending || !overlay || !shown || !gallery) return;
  const cards = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('.card')]);
  /** @type {Map<HTMLElement, ImageRecord>} */
  const parsed = new Map();
  /** @param {HTMLElement} card */
  const dataFor = (card) => {
    const data = parsed.get(card) ?? dataOf('image-data', card);
    parsed.set(card, data);
    return data;
  };

  const labels = [...new Set(cards.map((card) => card.dataset.label ?? ''))].sort((a, b) =>
    a.localeCompare(b),
  );
  filter.append(...labels.map((label) => element('option', { value: label }, label || '(no label)')));
  const arrange = () => {
    const all = filter.selectedIndex === 0;
    for (const card of cards) card.hidden = !all && card.dataset.label !== filter.value;
    const sign = ascending.checked ? 1 : -1;
    const ordered =
      sort.value === ''
        ? inRunOrder(cards, !ascending.checked)
        : byValue(cards, sign, (card) => keyOf(dataFor(card), sort.value));
    list.append(...ordered);
    shown.textContent = `${cards.filter((card) => !card.hidden).length} of ${cards.length} images`;
  };
  for (const control of [filter, sort, ascending]) control.addEventListener('change', arrange);
  arrange();

  const zoom = makeZoom(gallery);
  overlay.addEventListener('change', () => {
    list.classList.toggle('overlay', overlay.checked);
    zoom.overlay(overlay.checked);
  });

  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        const card = /** @type {HTMLElement} */ (target);
        const original = /** @type {HTMLImageElement} */ (card.querySelector('img.original'));
        original.decode().then(
          () => {
            addLooks(card, original, gallery, zoom.open);
            addPlayer(card, dataFor(card), page, gallery);
          },
          () => card.append(element('p', { class: 'note' }, 'This browser cannot show the image.')),
        );
      }
    },
    { rootMargin: '600px' },
  );
  for (const card of cards) seen.observe(card);
}

/**
 * What helps to look at an image's pictures: the input in grey under each heatmap, a button that enlarges it, and the value
 * under the pointer.
 * @param {HTMLElement} card
 * @param {HTMLImageElement} original
 * @param {Gallery} gallery
 * @param {(figure: HTMLElement) => void} enlarge
 */
function addLooks(card, original, gallery, enlarge) {
  for (const figure of /** @type {NodeListOf<HTMLElement>} */ (card.querySelectorAll('.maps > figure'))) {
    const picture = /** @type {HTMLElement | null} */ (figure.querySelector('.picture'));
    if (!picture) continue;
    const heatmap = picture.querySelector('img.heatmap[data-limit]');
    if (heatmap) {
      const under = /** @type {HTMLImageElement} */ (original.cloneNode());
      under.className = 'under';
      under.alt = '';
      picture.prepend(under);
    }
    const name = `enlarge: ${picture.querySelector('img:last-of-type')?.getAttribute('alt')}`;
    const button = element(
      'button',
      { type: 'button', class: 'enlarge', 'aria-label': name, title: 'enlarge' },
      '⤢',
    );
    button.addEventListener('click', () => enlarge(figure));
    const tip = element('div', { class: 'tip', hidden: '', 'aria-hidden': 'true' });
    figure.append(button, tip);
    watchValues(picture, gallery, (text) => {
      tip.hidden = text === undefined;
      tip.textContent = text ?? '';
    });
  }
}

/**
 * What an image is sorted by.
 * @param {ImageRecord} data
 * @param {string} choice `disagreement` or a method's place
 */
function keyOf(data, choice) {
  return (choice === 'disagreement' ? data.disagreement : data.aopc[Number(choice)]) ?? undefined;
}

/**
 * @param {HTMLElement[]} cards
 * @param {boolean} forward
 */
function inRunOrder(cards, forward) {
  return forward ? cards : [...cards].reverse();
}

/**
 * Sorted copies; images without a value come last either way.
 * @param {HTMLElement[]} cards
 * @param {number} sign
 * @param {(card: HTMLElement) => number | undefined} value
 */
function byValue(cards, sign, value) {
  const keys = new Map(cards.map((card) => [card, value(card)]));
  return [...cards].sort((a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return sign * (x - y);
  });
}
