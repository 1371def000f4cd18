/** One number a place of an input: rows x columns values, row by row. Signals and vectors of features have one row. */
export interface Heatmap {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Whether a value below zero speaks against the class (relevance) or cannot occur (norms of gradients). */
  readonly signed: boolean;
}
