import { element, short } from './dom.js';

/** @import { Gallery } from './types.js' */

/** @type {WeakMap<HTMLImageElement, ImageData>} */
const pixelsOf = new WeakMap();
/** @type {Map<string, Map<string, number>>} */
const placesOf = new Map();

/**
 * Tells what the heatmap shows under the pointer: the place in the input's pixels and the value that the colour means;
 * undefined where the pointer leaves it. Pictures without a scale of colours say nothing.
 * @param {HTMLElement} picture
 * @param {Gallery} gallery
 * @param {(text: string | undefined) => void} tell
 */
export function watchValues(picture, gallery, tell) {
  const heatmap = /** @type {HTMLImageElement | null} */ (picture.querySelector('img.heatmap[data-limit]'));
  if (!heatmap) return;
  /** @param {PointerEvent} event */
  const point = (event) => {
    const box = heatmap.getBoundingClientRect();
    const share = { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    const inside = share.x >= 0 && share.x < 1 && share.y >= 0 && share.y < 1;
    tell(inside ? textAt(heatmap, gallery, share) : undefined);
  };
  picture.addEventListener('pointermove', point);
  picture.addEventListener('pointerdown', point);
  picture.addEventListener('pointerleave', () => tell(undefined));
}

/**
 * @param {HTMLImageElement} heatmap
 * @param {Gallery} gallery
 * @param {{ x: number, y: number }} share of the width and of the height
 */
function textAt(heatmap, gallery, { x, y }) {
  const palette = heatmap.dataset.palette === 'signed' ? 'signed' : 'unsigned';
  const colors = gallery.palettes[palette];
  const zero = palette === 'signed' ? (colors.length - 1) / 2 : 0;
  const last = colors.length - 1;
  const at = placeOf(colorAt(heatmap, x, y), palette, colors);
  const place = `x ${Math.floor(x * gallery.width)}, y ${Math.floor(y * gallery.height)}`;
  if (at === undefined) return `${place}: no value`;
  const value = short(((at - zero) / (last - zero)) * Number(heatmap.dataset.limit));
  const sign = at === last ? '≥' : at === 0 && zero > 0 ? '≤' : '≈';
  return `${place}: ${sign} ${value}`;
}

/**
 * The place of a colour in its palette.
 * @param {string} color
 * @param {string} palette
 * @param {string[]} colors
 */
function placeOf(color, palette, colors) {
  const places = placesOf.get(palette) ?? new Map(colors.map((one, at) => [one, at]));
  placesOf.set(palette, places);
  return places.get(color);
}

/**
 * @param {HTMLImageElement} heatmap
 * @param {number} x
 * @param {number} y
 */
function colorAt(heatmap, x, y) {
  const { data, width, height } = readPixels(heatmap);
  const at = 4 * (Math.floor(y * height) * width + Math.floor(x * width));
  return [...data.slice(at, at + 3)].map((channel) => channel.toString(16).padStart(2, '0')).join('');
}

/** @param {HTMLImageElement} heatmap */
function readPixels(heatmap) {
  const known = pixelsOf.get(heatmap);
  if (known) return known;
  const { naturalWidth: width, naturalHeight: height } = heatmap;
  const context = element('canvas', { width, height }).getContext('2d');
  if (!context) return new ImageData(width, height);
  context.drawImage(heatmap, 0, 0);
  const pixels = context.getImageData(0, 0, width, height);
  pixelsOf.set(heatmap, pixels);
  return pixels;
}
