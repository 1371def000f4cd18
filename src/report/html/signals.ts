import sharp from 'sharp';
import { COLOURS_END } from '../colormaps.js';
import { html, type Markup } from './markup.js';

/** Signals with their relevance, as pictures that are drawn already. */
export interface SignalPictures {
  /** Mean relevance by class, a picture a network. */
  readonly classes: readonly SignalPicture[];
  /** A signal each. */
  readonly samples: readonly SignalPicture[];
  /** How many signals were measured, and how many of them are shown, once a network. */
  readonly measured: number;
  readonly shown: number;
}

export interface SignalPicture {
  readonly title: string;
  /** What is to be said of it besides. */
  readonly note?: string;
  /** Loads the PNG, one at a time. */
  picture(): Promise<Buffer>;
}

const QUALITY = 85;

/** How much smaller a picture is shown on a screen than it is drawn; on a phone it is as large. */
const SHOWN = 0.7;

/** Mean relevance by class, then the signals one by one, piece by piece. */
export async function* signalPieces({
  classes,
  samples,
  measured,
  shown,
}: SignalPictures): AsyncGenerator<Markup> {
  const some = shown < measured ? ` ${shown} of ${measured} signals are shown.` : '';
  yield html`<p>Channels are rows and time runs to the right; below each map stands the sum over channels and, where sensors have places, the head at the times of most relevance, the nose up. Colours end, of each map on its own, at the ${COLOURS_END}th percentile of its magnitudes: red speaks for what is explained, blue against it; sensitivities go from white through orange to violet.${some}</p>`;
  for (const one of classes) yield await figureOf(one);
  for (const one of samples) yield await figureOf(one);
}

async function figureOf({ title, note, picture }: SignalPicture): Promise<Markup> {
  const webp = await sharp(await picture())
    .webp({ quality: QUALITY })
    .toBuffer();
  const { width = 0, height = 0 } = await sharp(webp).metadata();
  return html`<figure class="signal"><figcaption><strong>${title}</strong>${note !== undefined && html` · ${note}`}</figcaption><div class="scroll" tabindex="0" role="group" aria-label="${title}"><img src="data:image/webp;base64,${webp.toString('base64')}" alt="${title}" width="${Math.round(SHOWN * width)}" height="${Math.round(SHOWN * height)}"></div></figure>`;
}
