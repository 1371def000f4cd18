/** Offsets of the eight neighbours with their weights: 1/6 direct, 1/12 diagonal (Rong et al. 2022, section 4). */
const NEIGHBOURS = [
  [-1, -1, 1 / 12],
  [-1, 0, 1 / 6],
  [-1, 1, 1 / 12],
  [0, -1, 1 / 6],
  [0, 1, 1 / 6],
  [1, -1, 1 / 12],
  [1, 0, 1 / 6],
  [1, 1, 1 / 12],
] as const;

/** The solver stops when the residual has fallen by this factor. */
const TOLERANCE = 1e-8;

/**
 * Linear imputation (ROAD: Rong et al., "A consistent and efficient evaluation strategy for attribution methods", ICML
 * 2022): every removed pixel becomes the weighted mean of its eight neighbours, removed ones included, which is a sparse
 * linear system over the removed pixels. At the image's border the weights of the neighbours that exist are normalised.
 * When nothing is left to interpolate from, removed pixels become `fallback[channel]`.
 * @param image channels x height x width, not changed
 * @param removed height x width, non-zero where a pixel is removed
 * @returns the image with its removed pixels imputed
 */
export function imputeLinearly(
  image: Float32Array,
  height: number,
  width: number,
  removed: Uint8Array,
  fallback: readonly number[],
): Float32Array {
  const result = image.slice();
  const system = neighbourSystem(height, width, removed);
  const pixels = height * width;
  for (let c = 0; c * pixels < image.length; c++) {
    const channel = result.subarray(c * pixels, (c + 1) * pixels);
    if (system.unknowns.length === pixels) channel.fill(fallback[c] as number);
    else solve(system, channel);
  }
  return result;
}

/** The equations `degree x_i - sum over removed neighbours w x_j = sum over kept neighbours w x_j`, one a removed pixel. */
interface NeighbourSystem {
  /** Pixel of every unknown. */
  unknowns: Int32Array;
  /** Sum of the weights of the neighbours inside the image. */
  degrees: Float64Array;
  /** Eight a unknown: the neighbour's pixel, or -1 outside the image. */
  neighbours: Int32Array;
  /** Unknown of every pixel, or -1 where the pixel is kept. */
  unknownOf: Int32Array;
}

function neighbourSystem(height: number, width: number, removed: Uint8Array): NeighbourSystem {
  const unknowns = Int32Array.from(removed.keys()).filter((pixel) => removed[pixel]);
  const unknownOf = new Int32Array(removed.length).fill(-1);
  const degrees = new Float64Array(unknowns.length);
  const neighbours = new Int32Array(unknowns.length * NEIGHBOURS.length).fill(-1);
  for (const [i, pixel] of unknowns.entries()) {
    unknownOf[pixel] = i;
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    for (const [n, [dy, dx, weight]] of NEIGHBOURS.entries()) {
      if (y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
      neighbours[i * NEIGHBOURS.length + n] = pixel + dy * width + dx;
      degrees[i] = (degrees[i] as number) + weight;
    }
  }
  return { unknowns, degrees, neighbours, unknownOf };
}

/** Solves the system for one channel in place, by conjugate gradients: it is symmetric and positive definite. */
function solve(system: NeighbourSystem, channel: Float32Array): void {
  const { unknowns, degrees, neighbours, unknownOf } = system;
  const count = unknowns.length;
  const weightedNeighbours = (i: number, value: (pixel: number) => number) => {
    let sum = 0;
    for (let n = 0; n < NEIGHBOURS.length; n++) {
      const pixel = neighbours[i * NEIGHBOURS.length + n] as number;
      if (pixel >= 0) sum += (NEIGHBOURS[n]?.[2] as number) * value(pixel);
    }
    return sum;
  };
  const residual = Float64Array.from({ length: count }, (_, i) =>
    weightedNeighbours(i, (pixel) => (unknownOf[pixel] === -1 ? (channel[pixel] as number) : 0)),
  );
  const solution = new Float64Array(count);
  const direction = residual.slice();
  const product = new Float64Array(count);
  let norm = dot(residual, residual);
  const enough = norm * TOLERANCE ** 2;
  while (norm > enough) {
    for (let i = 0; i < count; i++) {
      const removedNeighbours = weightedNeighbours(i, (pixel) => direction[unknownOf[pixel] as number] ?? 0);
      product[i] = (degrees[i] as number) * (direction[i] as number) - removedNeighbours;
    }
    const step = norm / dot(direction, product);
    for (let i = 0; i < count; i++) {
      solution[i] = (solution[i] as number) + step * (direction[i] as number);
      residual[i] = (residual[i] as number) - step * (product[i] as number);
    }
    const next = dot(residual, residual);
    for (let i = 0; i < count; i++) {
      direction[i] = (residual[i] as number) + (next / norm) * (direction[i] as number);
    }
    norm = next;
  }
  for (let i = 0; i < count; i++) channel[unknowns[i] as number] = solution[i] as number;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
