/** Values that do not depend on seeds, and what they say when they move. */
export const FIXED_VALUES = {
  score: 'score of the unperturbed image',
  conservation: 'sum of relevance / start',
} as const;
export type FixedValue = keyof typeof FIXED_VALUES;
