/** Numbers of a block: a megabyte of them. */
const BLOCK = 2 ** 17;

/**
 * Keeps very many records of few shapes: their numbers lie in large blocks, 8 bytes each, and what else they consist of (keys,
 * words, the lengths of lists) is kept once a shape.
 */
export class Packing {
  readonly #shapes = new Map<string, Shape>();
  readonly #words = new Map<string, string>();
  #block = new Float64Array(BLOCK);
  #end = 0;

  /** Packs a record of numbers, lists of them (plain or Float64Array), words and records of such. */
  pack<T extends object>(record: T): Packed<T> {
    const numbers: number[] = [];
    const key = describe(record, numbers);
    const shape = this.#shapes.get(key) ?? shapeOf(record);
    this.#shapes.set(key, shape);
    return new Packed(shape, ...this.#store(numbers));
  }

  /** The same word, once in memory. */
  word(word: string): string {
    const known = this.#words.get(word) ?? word;
    this.#words.set(word, known);
    return known;
  }

  #store(numbers: readonly number[]): [block: Float64Array, start: number] {
    if (this.#end + numbers.length > this.#block.length) {
      this.#block = new Float64Array(Math.max(BLOCK, numbers.length));
      this.#end = 0;
    }
    const start = this.#end;
    this.#block.set(numbers, start);
    this.#end += numbers.length;
    return [this.#block, start];
  }
}

/** A record that is made anew whenever it is read. */
export class Packed<T extends object> {
  readonly #shape: Shape;
  readonly #block: Float64Array;
  readonly #start: number;

  constructor(shape: Shape, block: Float64Array, start: number) {
    this.#shape = shape;
    this.#block = block;
    this.#start = start;
  }

  /** One value of the record; undefined where it has none. */
  get<K extends keyof T>(key: K): T[K] {
    const entry = this.#shape.get(key as string);
    return entry?.read(this.#block, this.#start + entry.offset) as T[K];
  }

  /** The whole record. */
  all(): T {
    return Object.fromEntries([...this.#shape.keys()].map((key) => [key, this.get(key as keyof T)])) as T;
  }
}

/** By key of a record: how far from its start the numbers of the value lie, and how it is made of them. */
type Shape = ReadonlyMap<string, Entry>;
interface Entry extends Reader {
  readonly offset: number;
}

interface Reader {
  readonly numbers: number;
  read(block: Float64Array, start: number): unknown;
}

/** Says everything of a value but its numbers, which it adds to a list. */
function describe(value: unknown, numbers: number[]): string {
  if (typeof value === 'number') {
    numbers.push(value);
    return '#';
  }
  if (value instanceof Float64Array) {
    for (const number of value) numbers.push(number);
    return `#${value.length}`;
  }
  if (Array.isArray(value)) return `[${value.map((item) => describe(item, numbers))}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${describe(item, numbers)}`)}}`;
  }
  return String(JSON.stringify(value));
}

function shapeOf(record: object): Shape {
  const entries = new Map<string, Entry>();
  let offset = 0;
  for (const [key, value] of Object.entries(record)) {
    const reader = readerOf(value);
    entries.set(key, { ...reader, offset });
    offset += reader.numbers;
  }
  return entries;
}

function readerOf(value: unknown): Reader {
  if (typeof value === 'number') return { numbers: 1, read: (block, start) => block[start] };
  if (value instanceof Float64Array) {
    const { length } = value;
    return { numbers: length, read: (block, start) => block.subarray(start, start + length) };
  }
  if (typeof value !== 'object' || value === null) return { numbers: 0, read: () => value };
  const entries = [...shapeOf(value)];
  const numbers = entries.reduce((sum, [, entry]) => sum + entry.numbers, 0);
  const isList = Array.isArray(value);
  return {
    numbers,
    read(block, start) {
      const read = entries.map(([key, entry]) => [key, entry.read(block, start + entry.offset)] as const);
      return isList ? read.map(([, item]) => item) : Object.fromEntries(read);
    },
  };
}
