import { type SeriesStyle, seriesStyle } from '../series.js';
import type { Method } from './data.js';
import { html, type Markup } from './markup.js';

/** The place of a method among all, by its label, or by its name on a network; -1 where there is none. */
export function placeOf(methods: readonly Method[], label: string, network?: string): number {
  return methods.findIndex((method) => {
    if (method.label === label) return true;
    return method.name === label && (network === undefined || method.network === network);
  });
}

/** How the method at a place looks: of one colour on all networks, with dashes and markers of their own. */
export function styleOf(methods: readonly Method[], place: number): SeriesStyle {
  const own = methods[place];
  const names = [...new Set(methods.map(({ name }) => name))];
  const networks = [...new Set(methods.map(({ network }) => network))];
  return seriesStyle(names.indexOf(own?.name ?? ''), networks.indexOf(own?.network));
}

/** A patch in the colour of a method; the script adds its dashes and marker. */
export function swatch(methods: readonly Method[], place: number): Markup | undefined {
  return place < 0
    ? undefined
    : html`<span class="swatch hue${styleOf(methods, place).hue}" data-series="${place}"></span>`;
}

/** Names that are longer may break anywhere: they would not fit a phone. */
const LONGEST = 34;

function whole(name: string, before?: Markup): Markup {
  return name.length > LONGEST
    ? html`${before}${name} `
    : html`<span class="unbroken">${before}${name}</span> `;
}

/** A label that breaks between its names, never within one: "lrp-zplus · googlenet", "lrp-zplus − random". */
export function unbroken(label: string, before?: Markup): Markup[] {
  return label.split(/(?<= [·−] )/).map((part, at) => whole(part.trimEnd(), at === 0 ? before : undefined));
}

/** A text that breaks between words, never at the hyphens of a name. */
export function unbrokenWords(text: string): Markup[] {
  return text.split(' ').map((word) => (word.includes('-') ? whole(word) : html`${word} `));
}
