import type { Units } from '../../input/units.js';
import { COLOURS_END } from '../colormaps.js';
import { threeDigits } from '../numbers.js';
import { aspectOf } from '../panels.js';
import type { Gallery, GalleryImage, GalleryResult, Method, Replay } from './data.js';
import {
  type DrawnHeatmap,
  drawHeatmaps,
  type Fineness,
  finenessFor,
  inputUri,
  paletteOf,
} from './gallery-pictures.js';
import { html, jsonBlock, type Markup } from './markup.js';
import { swatch, unbroken } from './methods.js';

/** What holds for every image: how to sort and filter, and how replaced regions are shown. */
export function galleryControls(gallery: Gallery, methods: readonly Method[], hasCurves: boolean): Markup {
  const { measured, images, score } = gallery;
  const shown = images.length < measured ? `${images.length} of ${measured} images are shown. ` : '';
  const several = methods.some(({ network }) => network !== undefined);
  // Of several networks no perturbation is played.
  const perturbed = hasCurves && !several;
  const coloured = several
    ? 'The heatmaps of a method are coloured on one scale for all networks'
    : 'Each heatmap is coloured on its own scale';
  const { shades } = finenessOf(gallery, methods);
  return html`<p class="words">${shown}${coloured}, which ends at the ${COLOURS_END}th percentile of the magnitudes: red speaks for what is explained, blue against it; sensitivities go from white through orange to violet. White is zero. Values under the pointer are read from the colours, of which there are ${shades} from zero to the end of the scale.</p>
<div class="controls" id="gallery-controls">
<label>Class <select id="filter"><option value="">all classes</option></select></label>
<label>Sort by <select id="sort"><option value="">order of the run</option>${
    perturbed &&
    html`<option value="disagreement">disagreement between methods</option>${methods.map(
      ({ label }, place) => html`<option value="${place}">AOPC of ${label}</option>`,
    )}`
  }</select></label>
<label><input type="checkbox" id="ascending"> smallest first</label>
<label><input type="checkbox" id="overlay"> over the image</label>
<output id="shown" aria-live="polite"></output>
</div>${
    perturbed &&
    html`
<p class="note words">Disagreement is the mean share of the most relevant regions that two methods do not have in common. The scores are the ${score}. ${gallery.fill.note}</p>`
  }`;
}

function finenessOf({ images, width, height }: Gallery, methods: readonly Method[]): Fineness {
  return finenessFor(images.length * methods.length, width, height);
}

/** The colours that heatmaps are painted in, signed and unsigned. */
export function heatmapPalettes(gallery: Gallery, methods: readonly Method[]) {
  const { shades } = finenessOf(gallery, methods);
  return { signed: paletteOf(shades, true), unsigned: paletteOf(shades, false) };
}

/** The images one by one. */
export async function* galleryCards(gallery: Gallery, methods: readonly Method[]): AsyncGenerator<Markup> {
  for (const [number, load] of gallery.images.entries()) {
    yield await galleryCard(await load(), gallery, methods, number);
  }
}

/** One image: the original, its heatmaps (a row a network), and what the script needs to play the perturbation. */
export async function galleryCard(
  image: GalleryImage,
  gallery: Gallery,
  methods: readonly Method[],
  number: number,
): Promise<Markup> {
  const { id, label, predicted, explained, subject, results } = image;
  const maps = await drawnMaps(image, gallery, methods);
  const coarse = Math.min(gallery.width, gallery.height) < 100 && !('channels' in subject);
  const networks = [...new Set(methods.map(({ network }) => network))];
  const figuresOf = (network: string | undefined) =>
    methods.map((method, place) => {
      const result = method.network === network ? results[place] : undefined;
      return result && mapFigure(result, maps[place], methods, place, id);
    });
  const data = {
    aopc: results.map((result) => result?.aopc),
    disagreement: disagreement(results),
    units: image.units && unitRectangles(image.units),
    results: results.map((result) => result && { morf: plain(result.morf), lerf: plain(result.lerf) }),
  };
  const original = await inputFigure(image, gallery);
  return html`<article class="card${coarse && ' coarse'}" data-number="${number}" data-label="${label}" aria-labelledby="image-${number}">
<h3 id="image-${number}">${id}</h3>
<p class="labels"><span class="label">${label}</span>${predicted !== label && html` · <span class="predicted">predicted as ${predicted}</span>`}${explained !== undefined && explained !== label && html` · <span class="predicted">heatmaps of ${explained}</span>`}</p>
${networks.map(
  (network, row) =>
    html`${network !== undefined && html`<h4>${unbroken(network)}</h4>`}<div class="maps">${row === 0 ? original : html`<div class="gap"></div>`}${figuresOf(network)}</div>`,
)}
${jsonBlock('image-data', data)}
</article>`;
}

/** Pictures of the heatmaps; a method's on several networks share a scale. */
async function drawnMaps(
  { results, subject }: GalleryImage,
  gallery: Gallery,
  methods: readonly Method[],
): Promise<(DrawnHeatmap | undefined)[]> {
  const fineness = finenessOf(gallery, methods);
  const drawn: (DrawnHeatmap | undefined)[] = [];
  for (const name of new Set(methods.map((method) => method.name))) {
    const places = methods.flatMap((method, place) => (method.name === name ? [place] : []));
    const own = await drawHeatmaps(
      places.map((place) => results[place]?.map),
      subject,
      fineness,
    );
    for (const [at, place] of places.entries()) drawn[place] = own[at];
  }
  return drawn;
}

async function inputFigure(image: GalleryImage, gallery: Gallery): Promise<Markup> {
  const { id, subject } = image;
  const { width } = gallery;
  const height = Math.round(width * aspectOf(subject));
  return html`<figure><span class="picture"><img class="original" src="${await inputUri(subject)}" alt="${id}" width="${width}" height="${height}">${boxOutlines(image, gallery)}</span><figcaption>input</figcaption></figure>`;
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
  { map, aopc, morf, lerf }: GalleryResult,
  drawn: DrawnHeatmap | undefined,
  methods: readonly Method[],
  place: number,
  id: string,
): Markup | undefined {
  if (!drawn || !map) return undefined;
  const { label, name } = methods[place] as Method;
  const { uri, limit } = drawn;
  const score = aopc !== undefined && html`<span class="aopc">AOPC ${threeDigits(aopc)}</span>`;
  const scale =
    limit !== undefined && html` data-limit="${limit}" data-palette="${map.signed ? 'signed' : 'unsigned'}"`;
  const picture = html`<span class="picture"><img class="heatmap" src="${uri}"${scale} alt="heatmap of ${label} for ${id}"></span>`;
  return html`<figure>${
    morf || lerf
      ? html`<button type="button" class="pick" data-method="${place}" aria-pressed="false" title="play the perturbation by ${label}">${picture}</button>`
      : picture
  }<figcaption>${unbroken(name, swatch(methods, place))}${score}</figcaption></figure>`;
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
