import type { Document } from '../../input/document.js';
import type { Heatmap } from '../../input/heatmap.js';
import { commonLimit } from '../colormaps.js';
import { threeDigits } from '../numbers.js';
import { type ColouredWord, colouredWords, groundOf, isDark, SHADES, SIDES } from '../text/words.js';
import { html, type Markup } from './markup.js';

/** Documents with their relevance. */
export interface Texts {
  /** Loads one document at a time. */
  readonly samples: readonly (() => ExplainedText)[];
  /** How many documents were measured, and how many of them are shown, once a network. */
  readonly measured: number;
  readonly shown: number;
}

export interface ExplainedText {
  readonly title: string;
  /** Its class, what was predicted and what is explained. */
  readonly note: string;
  readonly document: Document;
  /** By method: one number a token. */
  readonly maps: readonly { readonly method: string; readonly map: Heatmap }[];
}

/** Documents one by one, a paragraph a method, piece by piece. */
export async function* textPieces({ samples, measured, shown }: Texts): AsyncGenerator<Markup> {
  const some = shown < measured ? ` ${shown} of ${measured} texts are shown.` : '';
  yield html`<p class="words">Each paragraph is coloured on its own scale, which ends at the largest magnitude in it: red speaks for what is explained, blue against it; sensitivities go from white through orange to violet. White is zero.${some}</p>`;
  for (const load of samples) {
    const { title, note, document, maps } = load();
    yield html`<article class="text"><h3>${title}</h3><p class="labels">${note}</p><dl>${maps.map(
      ({ method, map }) =>
        html`<dt>${method}</dt><dd>${colouredWords(document, map, commonLimit([map])).map(wordMark)}</dd>`,
    )}</dl></article>`;
  }
}

function wordMark(word: ColouredWord): Markup {
  const mark = html`<span class="${classOf(word)}" title="${threeDigits(word.relevance)}">${word.text}</span>`;
  return word.continues ? mark : html` ${mark}`;
}

function classOf({ side, shade }: Pick<ColouredWord, 'side' | 'shade'>): string {
  return `${side}-${shade}`;
}

/** The colours of words as CSS: the page allows no styles beside its own. */
export function wordColours(): string {
  return SIDES.flatMap((side) =>
    Array.from({ length: SHADES + 1 }, (_, shade) => {
      const ground = groundOf({ side, shade });
      return `.text .${classOf({ side, shade })}{background:rgb(${ground});color:${isDark(ground) ? '#fff' : '#000'}}`;
    }),
  ).join('\n');
}
