import type { Heatmap } from './heatmap.js';
import type { InputLayout } from './layout.js';
import type { Units } from './units.js';

/** The tokens of a text, and where a network's input has them. */
export interface Document {
  /** As they are spelled. */
  readonly tokens: readonly string[];
  /** By token: the place of the input that it stands at; -1 where the input has none. Of a bag of words one place has several. */
  readonly places: readonly number[];
  /** By token: which word it is part of, counted from 0; -1 of special tokens, which are of no word. */
  readonly words: readonly number[];
}

/** Tokens that frame a text or fill it up. */
const SPECIAL = /^(?:\[(?:CLS|SEP|PAD|BOS|EOS)\]|<\/?s>|<\/?(?:pad|cls|sep|bos|eos)>|<\|[a-z_]+\|>)$/i;

/** Subwords that say that they begin a word, as SentencePiece and byte-level tokenizers spell them. */
const BEGINNING = /^[▁ĠĊ]/;

/**
 * Which word each token is part of, by its spelling: `##ing` (WordPiece) continues a word, and where any token begins with the
 * mark of a space (`▁`, `Ġ`), one without it does.
 */
export function wordsOf(tokens: readonly string[], special: ReadonlySet<string> = new Set()): number[] {
  const isSpecial = (token: string) => SPECIAL.test(token) || special.has(token);
  const marked = tokens.some((token) => BEGINNING.test(token));
  let word = -1;
  return tokens.map((token, i) => {
    if (isSpecial(token)) return -1;
    const before = tokens[i - 1];
    const follows = before !== undefined && !isSpecial(before);
    const continues = marked ? !BEGINNING.test(token) : /^##./.test(token);
    if (!(follows && continues)) word++;
    return word;
  });
}

/** The words of a document that its input has, in their order; of a bag, where a word stands once, each word once. */
export function wordUnits(layout: InputLayout, { tokens, places, words }: Document): Units {
  const units: { name: string; places: number[] }[] = [];
  const byWord = new Map<number, { name: string; places: number[] }>();
  const taken = new Set<number>();
  for (const [i, token] of tokens.entries()) {
    const [word, place] = [words[i] as number, places[i] as number];
    if (word < 0 || place < 0 || taken.has(place)) continue;
    taken.add(place);
    const own = byWord.get(word);
    if (own) {
      own.name += token.replace(/^##/, '');
      own.places.push(place);
      continue;
    }
    const unit = { name: token, places: [place] };
    byWord.set(word, unit);
    units.push(unit);
  }
  return {
    layout: { ...layout, text: true },
    count: units.length,
    rectangles: (unit) => units[unit]?.places.map((left) => ({ top: 0, left, height: 1, width: 1 })) ?? [],
    name: (unit) => `word ${unit} '${units[unit]?.name}'`,
  };
}

/**
 * A heatmap of a network's input as one number a token. A place at which several tokens stand gives each of them an equal part
 * where its relevance adds up (signed), and to each its number where it does not; a token without a place has 0.
 */
export function byToken<Own extends Heatmap>(map: Own, document: Document | undefined): Own {
  if (!document) return map;
  const { places } = document;
  const counts = new Map<number, number>();
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  const values = Float32Array.from(places, (place) => {
    if (place < 0) return 0;
    return (map.values[place] as number) / (map.signed ? (counts.get(place) as number) : 1);
  });
  return { ...map, values, rows: 1, columns: places.length };
}
