import { InputError, mismatch } from '../../errors.js';
import { checkLimit } from '../../files/limits.js';
import { didYouMean } from '../../suggest.js';

/**
 * A message of protocol buffers' text format (.prototxt): fields in file order, each name as often as it stands there.
 * Reading a field marks it as known, so that misspelt ones can be told.
 */
export class TextMessage {
  readonly line: number;
  readonly #fields = new Map<string, (TextScalar | TextMessage)[]>();
  readonly #order: string[] = [];
  readonly #known = new Set<string>();

  constructor(line: number) {
    this.line = line;
  }

  add(name: string, value: TextScalar | TextMessage): void {
    const values = this.#fields.get(name);
    this.#order.push(name);
    if (values) values.push(value);
    else this.#fields.set(name, [value]);
  }

  has(name: string): boolean {
    this.#known.add(name);
    return this.#fields.has(name);
  }

  strings(name: string): string[] {
    return this.#values(name).map((value) => {
      if (value instanceof TextMessage) throw wrongField(name, value.line, 'a value', 'a message');
      return value.text;
    });
  }

  string(name: string): string | undefined {
    return this.strings(name).at(-1);
  }

  numbers(name: string): number[] {
    return this.#values(name).map((value) => {
      const text =
        value instanceof TextMessage
          ? ''
          : value.text.replace(/^(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)f$/i, '$1');
      const number = text === '' ? Number.NaN : Number(text);
      const [expected, sound] = INTEGERS.test(name)
        ? ['an integer', Number.isSafeInteger(number)]
        : ['a number', Number.isFinite(number)];
      if (!sound) {
        const got = value instanceof TextMessage ? 'a message' : `'${value.text}'`;
        throw wrongField(name, value.line, expected, got);
      }
      return number;
    });
  }

  number(name: string, fallback: number): number {
    return this.numbers(name).at(-1) ?? fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    const text = this.string(name);
    if (text === undefined) return fallback;
    const value = BOOLEANS[text];
    if (value === undefined) throw wrongField(name, this.line, 'true or false', `'${text}'`);
    return value;
  }

  messages(name: string): TextMessage[] {
    return this.#values(name).map((value) => {
      if (!(value instanceof TextMessage))
        throw wrongField(name, value.line, 'a message in braces', `'${value.text}'`);
      return value;
    });
  }

  /** The messages of any of these names with their names, in file order. */
  messagesOf(...names: string[]): [name: string, message: TextMessage][] {
    const left = new Map(names.map((name) => [name, this.messages(name).values()]));
    return this.#order.flatMap((name) => {
      const next = left.get(name)?.next();
      return next?.value ? [[name, next.value] as [string, TextMessage]] : [];
    });
  }

  /** The last message of this name; an empty one when there is none. */
  message(name: string): TextMessage {
    return this.messages(name).at(-1) ?? new TextMessage(this.line);
  }

  /** @throws InputError for the first field that nobody has asked for and that is not in `ignored`. */
  expectOnlyKnown(ignored: readonly string[], where: string): void {
    for (const [name, [first]] of this.#fields) {
      if (this.#known.has(name) || ignored.includes(name)) continue;
      const line = first instanceof TextMessage ? first.line : (first?.line ?? this.line);
      const known = [...this.#known, ...ignored];
      throw new InputError(`line ${line}: ${where} has no field '${name}'${didYouMean(name, known)}`);
    }
  }

  #values(name: string): (TextScalar | TextMessage)[] {
    this.#known.add(name);
    return this.#fields.get(name) ?? [];
  }
}

/** The fields of caffe.proto that are read here and hold integers. */
const INTEGERS =
  /^((kernel|stride|pad)(_size|_h|_w)?|dilation|group|num_output|axis|end_axis|num_axes|(concat|slice|input)_dim|dim|slice_point|local_size|channels|height|width|crop_size|new_(height|width)|(min|max)_level)$/;

export interface TextScalar {
  readonly text: string;
  readonly line: number;
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  __proto__: null as never,
  true: true,
  false: false,
  1: true,
  0: false,
};

/** Parses a .prototxt. @throws InputError with the line where the text breaks the format. */
export function parseTextFormat(text: string): TextMessage {
  return new Parser(tokenize(text)).file();
}

interface Token extends TextScalar {
  readonly kind: 'word' | 'string' | 'symbol' | 'end';
}

const TOKEN =
  /[ \t\r\f\v\uFEFF]+|#[^\n]*|(\n)|("(?:[^"\\\n]|\\.){0,4096}"|'(?:[^'\\\n]|\\.){0,4096}')|([A-Za-z0-9_.+-]+)|([{}<>[\]:,;])/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) {
      throw mismatch({
        what: 'prototxt',
        where: `line ${line}`,
        expected: 'a name, value or brace',
        got: printable(text[at]),
      });
    }
    const [, newline, quoted, word, symbol] = match;
    checkLimit('textEntries', tokens.length, `line ${line}`);
    if (newline) line++;
    else if (quoted) tokens.push({ kind: 'string', text: unquote(quoted), line });
    else if (word) tokens.push({ kind: 'word', text: word, line });
    else if (symbol) tokens.push({ kind: 'symbol', text: symbol, line });
  }
  tokens.push({ kind: 'end', text: 'the end of the file', line });
  return tokens;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character);
}

function printable(character: string | undefined): string {
  return JSON.stringify(character ?? '');
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '<': '>' };

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  file(): TextMessage {
    return this.#fields(new TextMessage(1), 'end', 0);
  }

  /** Fields up to the closing brace (or the end of the file), which is consumed. */
  #fields(message: TextMessage, closing: string, depth: number): TextMessage {
    checkLimit('textDepth', depth, `line ${this.#peek().line}`);
    for (;;) {
      const token = this.#next();
      if (token.kind === 'end' ? closing === 'end' : token.kind === 'symbol' && token.text === closing)
        return message;
      if (token.kind !== 'word')
        throw this.#unexpected(token, closing === 'end' ? 'a field' : `a field or '${closing}'`);
      this.#field(message, token.text, depth);
      if (this.#isSymbol(',') || this.#isSymbol(';')) this.#next();
    }
  }

  /** What stands behind a field's name: `: value`, `: [value, ...]`, `{ ... }` or `: { ... }`. */
  #field(message: TextMessage, name: string, depth: number): void {
    const colon = this.#isSymbol(':');
    if (colon) this.#next();
    if (colon && this.#isSymbol('[')) {
      this.#next();
      while (!this.#isSymbol(']')) {
        message.add(name, this.#value(colon, depth));
        if (this.#isSymbol(',')) this.#next();
      }
      this.#next();
    } else {
      message.add(name, this.#value(colon, depth));
    }
  }

  #value(scalarAllowed: boolean, depth: number): TextScalar | TextMessage {
    const token = this.#next();
    const closing = token.kind === 'symbol' ? CLOSING[token.text] : undefined;
    if (closing) return this.#fields(new TextMessage(token.line), closing, depth + 1);
    if (!scalarAllowed) throw this.#unexpected(token, "':' or '{'");
    if (token.kind === 'word') return token;
    if (token.kind !== 'string') throw this.#unexpected(token, 'a value');
    let text = token.text;
    while (this.#peek().kind === 'string') text += this.#next().text;
    return { text, line: token.line };
  }

  #isSymbol(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'symbol' && token.text === text;
  }

  #peek(): Token {
    return this.#tokens[this.#position] as Token;
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#position++;
    return token;
  }

  #unexpected(token: Token, expected: string): InputError {
    const got = token.kind === 'end' ? token.text : `'${token.text}'`;
    return mismatch({ what: 'prototxt', where: `line ${token.line}`, expected, got });
  }
}

function wrongField(name: string, line: number, expected: string, got: string): InputError {
  return mismatch({ what: `field '${name}'`, where: `line ${line}`, expected, got });
}
