type Point = readonly [number, number];

/** From values at the points of a spline, its value at any point. */
export type Interpolate = (values: ArrayLike<number>) => (point: Point) => number;

/**
 * The biharmonic spline through points of a plane (Sandwell 1987, "Biharmonic spline interpolation of GEOS-3 and SEASAT
 * altimeter data", eq. 3 to 6): a sum of the Green's functions r² (ln r - 1) about the points, which takes the given values
 * there. The mean of the values is set apart, so that equal values stay equal everywhere.
 *
 * @param points no two at the same place
 */
export function splineThrough(points: readonly Point[]): Interpolate {
  const factors = factorised(points.map((a) => points.map((b) => green(a, b))));
  return (values) => {
    const mean = Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    const weights = solved(
      factors,
      Array.from(values, (value) => value - mean),
    );
    return (at) => points.reduce((sum, point, i) => sum + (weights[i] as number) * green(at, point), mean);
  };
}

function green([ax, ay]: Point, [bx, by]: Point): number {
  const square = (ax - bx) ** 2 + (ay - by) ** 2;
  return square === 0 ? 0 : square * (Math.log(square) / 2 - 1);
}

/** A matrix as its lower and upper triangle, with the order in which its rows were taken. */
interface Factors {
  readonly rows: readonly number[][];
  readonly order: readonly number[];
}

/** Gaussian elimination with partial pivoting. */
function factorised(matrix: readonly number[][]): Factors {
  const rows = matrix.map((row) => [...row]);
  const order = rows.map((_, i) => i);
  for (let k = 0; k < rows.length; k++) {
    let best = k;
    for (let i = k + 1; i < rows.length; i++) if (size(rows, i, k) > size(rows, best, k)) best = i;
    [rows[k], rows[best]] = [rows[best] as number[], rows[k] as number[]];
    [order[k], order[best]] = [order[best] as number, order[k] as number];
    const pivot = rows[k] as number[];
    for (const row of rows.slice(k + 1)) {
      const factor = (row[k] as number) / (pivot[k] as number);
      row[k] = factor;
      for (let j = k + 1; j < row.length; j++) row[j] = (row[j] as number) - factor * (pivot[j] as number);
    }
  }
  return { rows, order };
}

function size(rows: readonly number[][], i: number, k: number): number {
  return Math.abs(rows[i]?.[k] as number);
}

function solved({ rows, order }: Factors, values: readonly number[]): number[] {
  const result = order.map((i) => values[i] as number);
  const known = (row: readonly number[], from: number, to: number) => {
    let sum = 0;
    for (let j = from; j < to; j++) sum += (row[j] as number) * (result[j] as number);
    return sum;
  };
  rows.forEach((row, i) => {
    result[i] = (result[i] as number) - known(row, 0, i);
  });
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i] as number[];
    result[i] = ((result[i] as number) - known(row, i + 1, rows.length)) / (row[i] as number);
  }
  return result;
}
