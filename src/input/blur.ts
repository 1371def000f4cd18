import type { InputLayout } from './layout.js';

/** Weights beyond this many sigmas are left out: what they hold is below float32 resolution of the sum. */
const TRUNCATE = 5;

/**
 * Gaussian blur of a image, computed separably. Beyond its border the image is mirrored
 * (d c b a | a b c d | d c b a), so that a constant image stays constant.
 * @param sigma standard deviation in pixels
 */
export function gaussianBlur(
  image: Float32Array,
  { rows, columns }: InputLayout,
  sigma: number,
): Float32Array {
  const weights = gaussianWeights(sigma);
  const along = (source: Float32Array, size: number, stride: number) =>
    convolveLines(source, weights, size, stride);
  return along(along(image, columns, 1), rows, columns);
}

/**
 * Gaussian blur in float64 with zeros beyond the border, of taps up to 4 sigma: that of scale space methods. One row is
 * blurred along itself alone. Without any sigma it is the image.
 */
export function blurOverZeros(
  image: Float32Array,
  { rows, columns }: Pick<InputLayout, 'rows' | 'columns'>,
  sigma: number,
): Float64Array {
  const weights = gaussianWeights(sigma || 1, Math.floor(4 * sigma + 0.5));
  const across = shiftedSum(Float64Array.from(image), weights, columns, 1);
  return rows === 1 ? across : shiftedSum(across, weights, rows, columns);
}

/** Weighted sums along lines of `size` elements that lie `stride` apart, one tap after the other. */
function shiftedSum(image: Float64Array, weights: Float64Array, size: number, stride: number): Float64Array {
  const radius = (weights.length - 1) / 2;
  const block = size * stride;
  const result = new Float64Array(image.length);
  for (let tap = Math.max(-radius, 1 - size); tap <= Math.min(radius, size - 1); tap++) {
    const weight = weights[tap + radius] as number;
    const [from, to] = [Math.max(-tap, 0) * stride, (size - Math.max(tap, 0)) * stride];
    for (let start = 0; start < image.length; start += block) {
      for (let i = start + from; i < start + to; i++) {
        result[i] = (result[i] as number) + weight * (image[i + tap * stride] as number);
      }
    }
  }
  return result;
}

/** Normalised weights of taps -radius..radius. */
function gaussianWeights(sigma: number, radius = Math.ceil(TRUNCATE * sigma)): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Convolves every line of `size` elements that lie `stride` apart. */
function convolveLines(
  image: Float32Array,
  weights: Float64Array,
  size: number,
  stride: number,
): Float32Array {
  const radius = (weights.length - 1) / 2;
  const result = new Float32Array(image.length);
  for (let i = 0; i < image.length; i++) {
    const position = Math.floor(i / stride) % size;
    const start = i - position * stride;
    let sum = 0;
    for (let tap = -radius; tap <= radius; tap++) {
      const source = start + mirror(position + tap, size) * stride;
      sum += (weights[tap + radius] as number) * (image[source] as number);
    }
    result[i] = sum;
  }
  return result;
}

/** The position inside 0..size-1 that a mirrored line shows at any position. */
function mirror(position: number, size: number): number {
  const period = 2 * size;
  const wrapped = ((position % period) + period) % period;
  return wrapped < size ? wrapped : period - 1 - wrapped;
}
