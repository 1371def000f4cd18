import { mismatch } from '../errors.js';

/**
 * Non-overlapping square regions over the input, numbered row by row from the top left. What is left over at the right
 * and the bottom is never perturbed ({@link REMAINDER}). A 1-D signal or a vector of features is an image of height 1,
 * so its regions are windows; with `region` 1 they are single samples, pixels or features.
 */
export interface Grid {
  readonly height: number;
  readonly width: number;
  readonly regionHeight: number;
  readonly regionWidth: number;
  readonly rows: number;
  readonly columns: number;
  /** Number of regions: rows * columns. */
  readonly count: number;
}

/** Where the grid starts and what becomes of the pixels that fill no region, for the definition record. */
export const REMAINDER = 'origin top-left, remainder pixels never perturbed';

/** A rectangle of pixels, at least one in size. */
export interface Rect {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The grid of `region` x `region` regions over an input of the given spatial size: [height, width], [length] or [features].
 * @throws InputError when the region is no positive integer, or larger than the input.
 */
export function regionGrid(spatial: readonly number[], region: number): Grid {
  const [height, width] = spatial.length === 2 ? (spatial as [number, number]) : [1, spatial[0] ?? 0];
  const [regionHeight, regionWidth] = [spatial.length === 2 ? region : 1, region];
  const fits = Number.isInteger(region) && region >= 1 && regionHeight <= height && regionWidth <= width;
  if (spatial.length < 1 || spatial.length > 2 || !fits) {
    throw mismatch({
      what: 'region size',
      where: `input of spatial size [${spatial}]`,
      expected: 'an integer from 1 to the smaller side of a 1-D or 2-D input',
      got: String(region),
    });
  }
  const rows = Math.floor(height / regionHeight);
  const columns = Math.floor(width / regionWidth);
  return { height, width, regionHeight, regionWidth, rows, columns, count: rows * columns };
}

/** The pixels of a region. */
export function regionRect({ columns, regionHeight, regionWidth }: Grid, region: number): Rect {
  return {
    top: Math.floor(region / columns) * regionHeight,
    left: (region % columns) * regionWidth,
    height: regionHeight,
    width: regionWidth,
  };
}

/**
 * Relevance of every region: the sum (or mean: regions are equally large, so the order is the same) of the heatmap's
 * values in it.
 * @param heatmap height x width values, row by row
 */
export function regionRelevance(
  heatmap: ArrayLike<number>,
  grid: Grid,
  pool: 'sum' | 'mean' = 'sum',
): Float64Array {
  if (heatmap.length !== grid.height * grid.width) {
    throw mismatch({
      what: 'heatmap',
      where: 'ranking of regions',
      expected: `${grid.height} x ${grid.width} = ${grid.height * grid.width} values`,
      got: String(heatmap.length),
    });
  }
  const divisor = pool === 'mean' ? grid.regionHeight * grid.regionWidth : 1;
  return Float64Array.from({ length: grid.count }, (_, region) => {
    const { top, left, height, width } = regionRect(grid, region);
    let sum = 0;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) sum += heatmap[y * grid.width + x] as number;
    }
    return sum / divisor;
  });
}

/** Cuts a rectangle out of a channels x height x width image: channels x rect.height x rect.width values. */
export function cutRect(image: Float32Array, { height, width }: Grid, rect: Rect): Float32Array {
  const channels = image.length / (height * width);
  const patch = new Float32Array(channels * rect.height * rect.width);
  for (let c = 0, at = 0; c < channels; c++) {
    for (let y = 0; y < rect.height; y++, at += rect.width) {
      const from = (c * height + rect.top + y) * width + rect.left;
      patch.set(image.subarray(from, from + rect.width), at);
    }
  }
  return patch;
}

/** Writes what {@link cutRect} cut out (or a patch of that shape) back into an image, in place. */
export function pasteRect(
  image: Float32Array,
  { height, width }: Grid,
  rect: Rect,
  patch: Float32Array,
): void {
  const channels = image.length / (height * width);
  for (let c = 0, at = 0; c < channels; c++) {
    for (let y = 0; y < rect.height; y++, at += rect.width) {
      const to = (c * height + rect.top + y) * width + rect.left;
      image.set(patch.subarray(at, at + rect.width), to);
    }
  }
}
