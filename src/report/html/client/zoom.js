import { element } from './dom.js';
import { watchValues } from './values.js';

/** @import { Gallery } from './types.js' */

/** What the dialog takes beside its picture, in pixels. */
const AROUND = { width: 40, height: 150 };

/**
 * A dialog in which pictures of the gallery are shown as large as the window; arrows go through those of an image.
 * @param {Gallery} gallery
 * @returns {{ open: (figure: HTMLElement) => void, overlay: (shown: boolean) => void }}
 */
export function makeZoom(gallery) {
  const title = element('strong', { id: 'zoom-title' });
  const value = element('output', { class: 'step' });
  const area = element('div', { class: 'zoomed' });
  /** @param {string} text @param {string} name */
  const button = (text, name) => element('button', { type: 'button', 'aria-label': name, title: name }, text);
  const [back, on, close] = [button('‹', 'previous'), button('›', 'next'), button('Close', 'close')];
  const dialog = element(
    'dialog',
    { id: 'zoom', 'aria-labelledby': 'zoom-title' },
    element('div', { class: 'controls' }, title, back, on, close),
    area,
    value,
  );
  document.body.append(dialog);
  let /** @type {HTMLElement | undefined} */ shown;

  /** @param {HTMLElement} figure */
  const show = (figure) => {
    const picture = figure.querySelector('.picture');
    if (!picture) return;
    shown = figure;
    const copy = /** @type {HTMLElement} */ (picture.cloneNode(true));
    const image = /** @type {HTMLImageElement} */ (picture.querySelector('img:last-of-type'));
    const shape = image.naturalWidth / image.naturalHeight;
    const room = { width: innerWidth - AROUND.width, height: innerHeight - AROUND.height };
    copy.style.width = `${Math.max(160, Math.min(room.width, room.height * shape))}px`;
    title.replaceChildren(...image.alt.split(' ').flatMap(wordOf));
    value.textContent = '\u00a0';
    area.replaceChildren(copy);
    watchValues(copy, gallery, (text) => {
      value.textContent = text ?? '\u00a0';
    });
  };
  /** @param {number} by */
  const move = (by) => {
    const card = shown?.closest('.card');
    const figures = /** @type {HTMLElement[]} */ ([...(card?.querySelectorAll('.maps > figure') ?? [])]);
    const at = figures.indexOf(/** @type {HTMLElement} */ (shown));
    const next = figures[(at + by + figures.length) % figures.length];
    if (next) show(next);
  };
  back.addEventListener('click', () => move(-1));
  on.addEventListener('click', () => move(1));
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('keydown', ({ key }) => {
    if (key === 'ArrowLeft') move(-1);
    if (key === 'ArrowRight') move(1);
  });
  return {
    open(figure) {
      show(figure);
      dialog.showModal();
    },
    overlay(wanted) {
      dialog.classList.toggle('overlay', wanted);
    },
  };
}

/**
 * A word that does not break at its hyphens, as far as it fits a phone.
 * @param {string} word
 */
function wordOf(word) {
  return word.length > 34 ? [word, ' '] : [element('span', { class: 'unbroken' }, word), ' '];
}
