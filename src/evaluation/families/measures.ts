import { z } from 'zod';

/** Values by column name; a metric without a value is absent. */
export type Measures = Readonly<Record<string, number>>;

export const measuresSchema = z.record(z.string(), z.number());

/** Nine digits hold a float32 exactly and keep the journal short. */
const DIGITS = 9;

/** A number as it stands in the journal. */
export function round(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

/** The values that exist, rounded for the journal. */
export function defined(entries: readonly (readonly [string, number | undefined])[]): Measures {
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, round(value)]])),
  );
}
