/** Markup that is known to be safe: only {@link html} makes it, and it escapes every value. */
export class Markup {
  readonly #text: string;
  private constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
  /** @internal */
  static of(text: string): Markup {
    return new Markup(text);
  }
}

type Value = Markup | string | number | undefined | false | readonly Value[];

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Template for HTML: values are escaped, for text and for quoted attributes alike, unless they are markup themselves;
 * lists are joined; undefined and false leave nothing.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return Markup.of(parts.map((part, index) => part + textOf(values[index])).join(''));
}

function textOf(value: Value): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'object') return value.map(textOf).join('');
  // NUL cannot be written in HTML.
  return String(value)
    .replaceAll('\u0000', '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** A block of data for the page's script: JSON in which nothing can end the block. */
export function jsonBlock(id: string, data: unknown): Markup {
  const json = JSON.stringify(data).replace(/</g, '\\u003c');
  return Markup.of(`${html`<script type="application/json" class="${id}">`}${json}</script>`);
}

/** Own script or style, shipped with the package. */
export function trusted(tag: 'script' | 'style', text: string): Markup {
  return Markup.of(`<${tag}>${text}</${tag}>`);
}
