import type { Document } from '../../input/document.js';
import type { Heatmap } from '../../input/heatmap.js';
import { visible } from '../../visible.js';
import { colorOf, type Rgb } from '../colormaps.js';

/** Which side of the colour scale a word is on. */
export const SIDES = ['for', 'against', 'sensitive'] as const;
export type Side = (typeof SIDES)[number];

/** Shades of each side, from none to the end of the scale. */
export const SHADES = 24;

/** A token on the ground of its relevance. */
export interface ColouredWord {
  /** As it may be shown: nothing in it controls a terminal. */
  readonly text: string;
  /** It goes on with the word before. */
  readonly continues: boolean;
  readonly side: Side;
  /** 0 (white) to {@link SHADES}. */
  readonly shade: number;
  readonly relevance: number;
}

/**
 * The tokens of a document on the colours that heatmaps have: red speaks for the class and blue against it, sensitivities go
 * from white through orange to violet.
 * @param map one number a token
 * @param limit where the colour scale ends
 */
export function colouredWords({ tokens, words }: Document, map: Heatmap, limit: number): ColouredWord[] {
  return tokens.map((token, i) => {
    const relevance = map.values[i] as number;
    const magnitude = map.signed ? Math.abs(relevance) : Math.max(relevance, 0);
    const continues = i > 0 && words[i] === words[i - 1] && (words[i] as number) >= 0;
    return {
      text: visible(spelled(token)) || ' ',
      continues,
      side: !map.signed ? 'sensitive' : relevance < 0 ? 'against' : 'for',
      shade: Math.round(Math.min(magnitude / limit, 1) * SHADES) || 0,
      relevance,
    };
  });
}

/** A token without the marks of tokenizers for where words begin. */
function spelled(token: string): string {
  return token.replace(/^(?:##(?=.)|[▁Ġ](?=.))/u, '');
}

/** The ground of a shade. */
export function groundOf({ side, shade }: Pick<ColouredWord, 'side' | 'shade'>): Rgb {
  const value = side === 'against' ? -shade : shade;
  return colorOf(value, SHADES, side !== 'sensitive');
}

/** Whether letters on a ground are to be white (WCAG's relative luminance, at the contrast that black and white share). */
export function isDark(ground: Rgb): boolean {
  const [red = 0, green = 0, blue = 0] = ground.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179;
}
