/**
 * Solves A x = b for a symmetric positive definite A by Cholesky's decomposition, in float64.
 * @param matrix n x n, row by row; only its lower half is read @param sides one or more b of n numbers
 * @returns undefined where A is not positive definite
 */
export function solveSymmetric(
  matrix: Float64Array,
  sides: readonly Float64Array[],
): Float64Array[] | undefined {
  const n = Math.sqrt(matrix.length);
  const lower = new Float64Array(matrix.length);
  const at = (i: number, j: number) => lower[i * n + j] as number;
  const dot = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < j; k++) sum += at(i, k) * at(j, k);
    return sum;
  };
  for (let j = 0; j < n; j++) {
    const diagonal = matrix[j * n + j] as number;
    const pivot = diagonal - dot(j, j);
    if (!(pivot > 1e-12 * diagonal)) return undefined;
    lower[j * n + j] = Math.sqrt(pivot);
    for (let i = j + 1; i < n; i++) {
      lower[i * n + j] = ((matrix[i * n + j] as number) - dot(i, j)) / at(j, j);
    }
  }
  return sides.map((side) => {
    const x = Float64Array.from(side);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) x[i] = (x[i] as number) - at(i, k) * (x[k] as number);
      x[i] = (x[i] as number) / at(i, i);
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) x[i] = (x[i] as number) - at(k, i) * (x[k] as number);
      x[i] = (x[i] as number) / at(i, i);
    }
    return x;
  });
}

/** Sums over rows z of 0 and 1, weighted: A = sum w z z', b = sum w y z. */
export function normalEquations(
  rows: readonly ArrayLike<number>[],
  weights: ArrayLike<number>,
  targets: ArrayLike<number>,
): { matrix: Float64Array; side: Float64Array } {
  const n = rows[0]?.length ?? 0;
  const matrix = new Float64Array(n * n);
  const side = new Float64Array(n);
  rows.forEach((row, r) => {
    const weight = weights[r] as number;
    for (let i = 0; i < n; i++) {
      const own = weight * (row[i] as number);
      if (own === 0) continue;
      side[i] = (side[i] as number) + own * (targets[r] as number);
      for (let j = 0; j <= i; j++) {
        matrix[i * n + j] = (matrix[i * n + j] as number) + own * (row[j] as number);
      }
    }
  });
  return { matrix, side };
}
