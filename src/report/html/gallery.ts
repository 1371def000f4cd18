import { createCanvas } from '@napi-rs/canvas';
import sharp, { type Sharp } from 'sharp';
import type { Heatmap } from '../../input/heatmap.js';
import type { Units } from '../../input/units.js';
import { encodePng, type Pixels, threeDigits } from '../canvas.js';
import { commonLimit } from '../colormaps.js';
import { aspectOf, type DrawnInput, drawHeatmap, drawInput, heatmapPixels } from '../panels.js';
import type { Gallery, GalleryImage, GalleryResult, Replay, ReportData } from './data.js';
import { html, jsonBlock, type Markup } from './markup.js';
import { swatch } from './sections.js';

/** Pictures are at most this wide and high: a network's usual input. */
const LARGEST_SIDE = 256;
/** What all heatmaps of a report may take, in bytes; with originals and curves, 200 images stay under 25 MB. */
const HEATMAP_BUDGET = 12e6;
/** What a pixel of a heatmap in few shades costs at most, in bytes; measured on noisy LRP maps: 0.46. */
const BYTES_A_PIXEL = 0.5;
/** Shades from zero to the end of the scale. */
const SHADES = 15;
/** Where the colours of each heatmap end. */
const PERCENTILE = 99.5;

/** What holds for every image: how to sort and filter, and how replaced regions are shown. */
export function galleryControls({ gallery, methods, curves }: ReportData): Markup | undefined {
  if (!gallery) return undefined;
  const { measured, images, score } = gallery;
  const shown = images.length < measured ? `${images.length} of ${measured} images are shown.` : '';
  const perturbed = curves.length > 0;
  return html`<p>${shown} Heatmaps are coloured each on its own scale, which ends at the ${PERCENTILE}th percentile of its magnitudes: red speaks for the class, blue against it; sensitivities go from white through orange to violet. White is zero.</p>
<div class="controls" id="gallery-controls">
<label>Class <select id="filter"><option value="">all classes</option></select></label>
<label>Sort by <select id="sort"><option value="">order of the run</option>${
    perturbed &&
    html`<option value="disagreement">disagreement between methods</option>${methods.map(
      (method, index) => html`<option value="${index}">AOPC of ${method}</option>`,
    )}`
  }</select></label>
<label><input type="checkbox" id="ascending"> smallest first</label>
<output id="shown" aria-live="polite"></output>
</div>${
    perturbed &&
    html`
<p class="note">Disagreement is the mean share of the most relevant regions that two methods do not have in common. The scores are the ${score}. ${gallery.fill.note}</p>`
  }`;
}

/** One image: the original, its heatmaps, and what the script needs to play the perturbation. */
export async function galleryCard(
  image: GalleryImage,
  gallery: Gallery,
  methods: readonly string[],
  number: number,
): Promise<Markup> {
  const pixelLimit = HEATMAP_BUDGET / (gallery.images.length * methods.length * BYTES_A_PIXEL);
  const original = await inputUri(image.subject);
  const maps = await Promise.all(
    image.results.map((result) => result?.map && heatmapUri(result.map, image.subject, pixelLimit)),
  );
  const coarse = Math.min(gallery.width, gallery.height) < 100 && !('channels' in image.subject);
  const { width } = gallery;
  const height = Math.round(width * aspectOf(image.subject));
  const figures = image.results.map(
    (result, index) => result && mapFigure(result, maps[index], methods[index] ?? '', index, image.id),
  );
  const data = {
    aopc: image.results.map((result) => result?.aopc),
    disagreement: disagreement(image.results),
    units: image.units && unitRectangles(image.units),
    results: image.results.map((result) => result && { morf: plain(result.morf), lerf: plain(result.lerf) }),
  };
  return html`<article class="card${coarse && ' coarse'}" data-number="${number}" data-label="${image.label}" aria-labelledby="image-${number}">
<h3 id="image-${number}">${image.id}</h3>
<p class="labels"><span class="label">${image.label}</span>${image.predicted !== image.label && html` · <span class="predicted">predicted as ${image.predicted}</span>`}${image.explained !== undefined && image.explained !== image.label && html` · <span class="predicted">heatmaps of ${image.explained}</span>`}</p>
<div class="maps"><figure><img class="original" src="${original}" alt="${image.id}" width="${width}" height="${height}">${boxOutlines(image, gallery)}<figcaption>input</figcaption></figure>${figures}</div>
${jsonBlock('image-data', data)}
</article>`;
}

/** The rectangles of every unit, each as left, top, width and height, for the player. */
export function unitRectangles({ count, rectangles }: Units): number[][] {
  return Array.from({ length: count }, (_, unit) =>
    rectangles(unit).flatMap(({ left, top, width, height }) => [left, top, width, height]),
  );
}

/** The boxes, in the input's pixels, over the original. */
function boxOutlines({ boxes = [] }: GalleryImage, { width, height }: Gallery): Markup | undefined {
  if (boxes.length === 0) return undefined;
  return html`<svg class="boxes" viewBox="0 0 ${width} ${height}" aria-hidden="true">${boxes.map(
    ({ left, top, right, bottom }) =>
      html`<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" vector-effect="non-scaling-stroke"/>`,
  )}</svg>`;
}

function mapFigure(
  result: GalleryResult,
  uri: string | undefined,
  method: string,
  index: number,
  id: string,
): Markup | undefined {
  if (!uri) return undefined;
  const aopc =
    result.aopc === undefined ? undefined : html`<span class="aopc">AOPC ${threeDigits(result.aopc)}</span>`;
  const picture = html`<img src="${uri}" alt="heatmap of ${method} for ${id}">`;
  const pick = result.morf ?? result.lerf;
  return html`<figure>${pick ? html`<button type="button" class="pick" data-method="${index}" aria-pressed="false" title="play the perturbation by ${method}">${picture}</button>` : picture}<figcaption>${swatch(index)}${method} ${aopc}</figcaption></figure>`;
}

/**
 * The mean, over all pairs of methods with a MoRF order, of the share of units that only one of the two replaces.
 * 0: all methods replace the same units; 1: no two have one in common. Undefined for fewer than two methods.
 */
export function disagreement(results: readonly (GalleryResult | undefined)[]): number | undefined {
  const sets = results.flatMap((result) => (result?.morf ? [new Set(Array.from(result.morf.order))] : []));
  const shares = sets.flatMap((first, index) =>
    sets.slice(index + 1).map((second) => {
      const common = [...first].filter((unit) => second.has(unit)).length;
      return 1 - common / Math.max(first.size, second.size, 1);
    }),
  );
  return shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** Typed arrays as JSON lists; five digits are more than a screen shows. */
function plain(replay: Replay | undefined) {
  if (!replay) return undefined;
  return {
    order: Array.from(replay.order),
    scores: Array.from(replay.scores, (score) => Number(score.toPrecision(5))),
  };
}

const CANVAS = 224;

async function inputUri(subject: DrawnInput): Promise<string> {
  if (!('channels' in subject)) return pixelsUri(subject);
  const canvas = createCanvas(CANVAS, CANVAS * aspectOf(subject));
  const context = canvas.getContext('2d');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawInput(context, { x: 0, y: 0, width: canvas.width, height: canvas.height }, subject);
  return webpUri(sharp(await encodePng(canvas)).webp({ lossless: true }));
}

async function pixelsUri({ data, width, height }: Pixels): Promise<string> {
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  // Small inputs are drawn enlarged, where losses would show.
  const small = Math.max(width, height) < 100;
  return webpUri(
    picture
      .resize({ width: LARGEST_SIDE, height: LARGEST_SIDE, fit: 'inside', withoutEnlargement: true })
      .webp(small ? { lossless: true } : { quality: 80 }),
  );
}

async function heatmapUri(map: Heatmap, subject: DrawnInput, pixelLimit: number): Promise<string> {
  if ('channels' in subject) {
    const canvas = createCanvas(CANVAS, CANVAS * aspectOf(subject));
    const area = { x: 0, y: 0, width: canvas.width, height: canvas.height };
    drawHeatmap(canvas.getContext('2d'), area, map, commonLimit([map], PERCENTILE), subject, false);
    return webpUri(sharp(await encodePng(canvas)).webp({ lossless: true }));
  }
  const small = shrink(map, pixelLimit);
  const limit = commonLimit([small], PERCENTILE);
  const shades = small.values.map((value) => Math.round(Math.min(Math.max(value / limit, -1), 1) * SHADES));
  const { data, width, height } = heatmapPixels({ ...small, values: shades }, SHADES);
  return webpUri(sharp(data, { raw: { width, height, channels: 3 } }).webp({ lossless: true }));
}

/** The heatmap with means over squares, as small as they must be for the pixels and the largest side that are allowed. */
function shrink(map: Heatmap, pixelLimit: number): Heatmap {
  const square = Math.ceil(
    Math.max(
      1,
      Math.sqrt((map.columns * map.rows) / pixelLimit),
      Math.max(map.columns, map.rows) / LARGEST_SIDE,
    ),
  );
  if (square === 1) return map;
  const [rows, columns] = [Math.ceil(map.rows / square), Math.ceil(map.columns / square)];
  const sums = new Float32Array(rows * columns);
  const counts = new Float32Array(rows * columns);
  map.values.forEach((value, index) => {
    const x = Math.floor((index % map.columns) / square);
    const y = Math.floor(Math.floor(index / map.columns) / square);
    const at = y * columns + x;
    sums[at] = (sums[at] ?? 0) + value;
    counts[at] = (counts[at] ?? 0) + 1;
  });
  return { ...map, rows, columns, values: sums.map((sum, at) => sum / (counts[at] ?? 1)) };
}

async function webpUri(picture: Sharp): Promise<string> {
  return `data:image/webp;base64,${(await picture.toBuffer()).toString('base64')}`;
}
