import { InputError } from '../../errors.js';

/** Values by column name; a metric without a value is absent. */
export type Measures = Readonly<Record<string, number>>;

/** Nine digits hold a float32 exactly and keep the journal short. */
const DIGITS = 9;

/** A number as it stands in the journal. */
export function round(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/**
 * The values that exist, rounded for the journal.
 * @throws InputError for one that is not finite: it must never be read as another number
 */
export function defined(entries: readonly (readonly [string, number | undefined])[]): Measures {
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, round(finite(key, value))]])),
  );
}

function finite(key: string, value: number): number {
  if (!Number.isFinite(value)) throw new InputError(`${key}: expected a finite number, got ${value}`);
  return value;
}
