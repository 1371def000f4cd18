import { mismatch } from '../../errors.js';

/**
 * An object of a model.json that hands out its fields by their names in Keras, which JavaScript writes in camel case, and
 * knows which ones nobody has asked for.
 */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #asked = new Set<string>();

  constructor(object: unknown, where: string) {
    if (typeof object !== 'object' || object === null || Array.isArray(object)) {
      throw mismatch({ what: 'model.json', where, expected: 'an object', got: shown(object) });
    }
    this.#object = object as Record<string, unknown>;
    this.#where = where;
  }

  /** The field as it stands in the file; null and nothing are the same. */
  value(name: string): unknown {
    this.#asked.add(name);
    const key = [name, camelCase(name)].find((one) => Object.hasOwn(this.#object, one));
    return key === undefined ? undefined : (this.#object[key] ?? undefined);
  }

  number(name: string, fallback: number): number {
    return this.#typed(name, 'number', fallback);
  }

  string(name: string, fallback: string): string {
    return this.#typed(name, 'string', fallback);
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.#typed(name, 'boolean', fallback);
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name) ?? [];
    if (Array.isArray(value)) return value;
    throw this.#wrong(name, 'a list', value);
  }

  /** A list of numbers; one number stands for a list of it alone. */
  numbers(name: string): number[] | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const numbers = [value].flat();
    if (numbers.every((one) => typeof one === 'number')) return numbers;
    throw this.#wrong(name, 'numbers', value);
  }

  /** A shape, in which null stands for an open size, here -1. */
  numbersOrOpen(name: string): number[] | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    const numbers = [value].flat().map((one) => one ?? -1);
    if (numbers.every((one) => typeof one === 'number')) return numbers;
    throw this.#wrong(name, 'a shape', value);
  }

  object(name: string): Fields {
    return new Fields(this.value(name), `${name} of ${this.#where}`);
  }

  /** All fields by the names that they have in the file. */
  all(): Readonly<Record<string, unknown>> {
    return this.#object;
  }

  /** Names of the fields that nobody has asked for, but for null ones. */
  unread(): string[] {
    const present = Object.keys(this.#object).filter((key) => this.#object[key] !== null);
    return present.map(snakeCase).filter((name) => !this.#asked.has(name));
  }

  #typed<T>(name: string, type: string, fallback: T): T {
    const value = this.value(name);
    if (value === undefined) return fallback;
    if (typeof value === type) return value as T;
    throw this.#wrong(name, `a ${type}`, value);
  }

  #wrong(name: string, expected: string, got: unknown) {
    return mismatch({ what: name, where: this.#where, expected, got: shown(got) });
  }
}

/** A piece of a file as the user finds it, in a few words. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : JSON.stringify(value).slice(0, 80);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
