import { byId, dataOf, element } from './dom.js';
import { addPlayer } from './player.js';
/** @import { PageData, ImageRecord } from './types.js' */

/**
 * The gallery: filter by class, sort, and a player for every image that comes into view.
 * @param {PageData} page
 */
export function startGallery(page) {
  const list = byId('cards');
  const filter = /** @type {HTMLSelectElement | null} */ (byId('filter'));
  const sort = /** @type {HTMLSelectElement | null} */ (byId('sort'));
  const ascending = /** @type {HTMLInputElement | null} */ (byId('ascending'));
  const shown = byId('shown');
  const { gallery } = page;
  if (!list || !filter || !sort || !ascending || !shown || !gallery) return;
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

  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        const card = /** @type {HTMLElement} */ (target);
        const original = /** @type {HTMLImageElement} */ (card.querySelector('img.original'));
        original.decode().then(
          () => addPlayer(card, dataFor(card), page, gallery),
          () => card.append(element('p', { class: 'note' }, 'This browser cannot show the image.')),
        );
      }
    },
    { rootMargin: '600px' },
  );
  for (const card of cards) seen.observe(card);
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
