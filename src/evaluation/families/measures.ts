import { z } from 'zod';
import { InputError } from '../../errors.js';

/** Values by column name; a metric without a value is absent. */
export type Measures = Readonly<Record<string, number>>;

export const measuresSchema = z.record(z.string(), z.number());

/** Nine digits hold a float32 exactly and keep the journal short. */
const DIGITS = 9;

/** The same number. @throws InputError when it overflowed, since then it could neither be compared nor averaged */
export function requireFinite(value: number, what: string): number {
  if (!Number.isFinite(value)) throw new InputError(`${what}: expected a finite number, got ${value}`);
  return value;
}

/** A number as it stands in the journal, which has no other than finite ones. @throws InputError when it overflowed */
export function round(value: number, what = 'a measured number'): number {
  return Number(requireFinite(value, what).toPrecision(DIGITS));
}

/**
 * The values that exist, rounded for the journal.
 * @throws InputError for one that is not finite: it must never be read as another number
 */
export function defined(entries: readonly (readonly [string, number | undefined])[]): Measures {
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, round(value, key)]])),
  );
}
