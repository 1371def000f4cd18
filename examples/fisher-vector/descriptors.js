// @ts-check
// Dense descriptors in the manner of SIFT (Lowe 2004): at every place of a grid, histograms of the directions of the
// gradient in 4 x 4 cells, weighted by its size.

const DIRECTIONS = 8;
const CELLS = 4;
const STEP = 4;
/** Pixels of a cell's side: patches are 16 and 24 pixels wide. */
const CELL_SIZES = [4, 6];
/** No number of a descriptor of length 1 is larger; what was is cut, and the length made 1 again. */
const LARGEST = 0.2;
/** Patches whose gradients sum to less stay zero: they are flat. */
const FLAT = 1;

export const SIZE = CELLS * CELLS * DIRECTIONS;

/**
 * Where the patches of an image lie: left, top and side in pixels.
 * @param {number} width
 * @param {number} height
 */
export function framesOf(width, height) {
  return CELL_SIZES.flatMap((cell) => {
    const side = CELLS * cell;
    const frames = [];
    for (let y = 0; y + side <= height; y += STEP)
      for (let x = 0; x + side <= width; x += STEP) frames.push({ x, y, side });
    return frames;
  });
}

/**
 * One descriptor of {@link SIZE} numbers a frame.
 * @param {Float32Array} grey row by row
 * @param {number} width
 * @param {readonly { x: number, y: number, side: number }[]} frames
 */
export function describe(grey, width, frames) {
  const sums = gradientSums(grey, width);
  const descriptors = new Float32Array(frames.length * SIZE);
  for (const [f, { x, y, side }] of frames.entries()) {
    const cell = side / CELLS;
    const own = descriptors.subarray(f * SIZE, (f + 1) * SIZE);
    for (let i = 0; i < SIZE; i++) {
      const plane = sums[i % DIRECTIONS];
      const place = Math.floor(i / DIRECTIONS);
      const left = x + (place % CELLS) * cell;
      const top = y + Math.floor(place / CELLS) * cell;
      /** @param {number} row @param {number} column */
      const at = (row, column) => plane[row * (width + 1) + column];
      own[i] = at(top + cell, left + cell) - at(top, left + cell) - at(top + cell, left) + at(top, left);
    }
    normalise(own);
  }
  return descriptors;
}

/**
 * Sizes of gradients by direction, each summed over all pixels above and left of a place, so that a rectangle's sum is
 * three operations. A gradient counts for the two directions next to its own.
 * @param {Float32Array} grey
 * @param {number} width
 */
function gradientSums(grey, width) {
  const height = grey.length / width;
  const sums = Array.from({ length: DIRECTIONS }, () => new Float64Array((width + 1) * (height + 1)));
  /** @param {number} x @param {number} y */
  const pixel = (x, y) => grey[clamp(y, height) * width + clamp(x, width)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = pixel(x + 1, y) - pixel(x - 1, y);
      const dy = pixel(x, y + 1) - pixel(x, y - 1);
      const direction = ((Math.atan2(dy, dx) / (2 * Math.PI) + 1) * DIRECTIONS) % DIRECTIONS;
      const first = Math.floor(direction) % DIRECTIONS;
      const share = direction - Math.floor(direction);
      const size = Math.hypot(dx, dy) / 2;
      const at = (y + 1) * (width + 1) + x + 1;
      sums[first][at] += size * (1 - share);
      sums[(first + 1) % DIRECTIONS][at] += size * share;
    }
  }
  for (const plane of sums)
    for (let y = 1; y <= height; y++) {
      let row = 0;
      for (let x = 1; x <= width; x++) {
        row += plane[y * (width + 1) + x];
        plane[y * (width + 1) + x] = plane[(y - 1) * (width + 1) + x] + row;
      }
    }
  return sums;
}

/**
 * @param {number} place
 * @param {number} count
 */
function clamp(place, count) {
  return Math.min(Math.max(place, 0), count - 1);
}

/** @param {Float32Array} descriptor */
function normalise(descriptor) {
  if (descriptor.reduce((sum, value) => sum + value, 0) < FLAT) {
    descriptor.fill(0);
    return;
  }
  for (const cut of [LARGEST, 1]) {
    const length = Math.hypot(...descriptor);
    for (let i = 0; i < descriptor.length; i++) descriptor[i] = Math.min(descriptor[i] / length, cut);
  }
}
