/** Nine digits hold a float32 exactly and keep the journal short. */
const DIGITS = 9;

/** A number as it stands in the journal. */
export function round(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
