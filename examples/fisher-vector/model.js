// @ts-check
// What a Fisher vector is made with: principal components of descriptors, a mixture of Gaussians over them, and a linear
// classifier of the Fisher vectors. Everything is drawn from seeds.
import { random } from '../random.js';

/**
 * Some rows of several arrays, drawn at random.
 * @param {readonly Float32Array[]} arrays
 * @param {number} size numbers a row
 * @param {number} count
 * @param {number} seed
 */
export function sampleRows(arrays, size, count, seed) {
  const draw = random(seed);
  const rows = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const array = arrays[Math.floor(draw() * arrays.length)];
    const row = Math.floor(draw() * (array.length / size));
    rows.set(array.subarray(row * size, (row + 1) * size), i * size);
  }
  return rows;
}

/**
 * The mean and the first principal components of rows, by orthogonal iteration.
 * @param {Float32Array} rows
 * @param {number} size numbers a row
 * @param {number} count of components
 */
export function principalComponents(rows, size, count) {
  const n = rows.length / size;
  const mean = new Float64Array(size);
  for (let i = 0; i < rows.length; i++) mean[i % size] += rows[i] / n;
  const covariance = new Float64Array(size * size);
  for (let r = 0; r < n; r++)
    for (let i = 0; i < size; i++) {
      const x = rows[r * size + i] - mean[i];
      for (let j = 0; j <= i; j++) covariance[i * size + j] += x * (rows[r * size + j] - mean[j]);
    }
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++) covariance[j * size + i] = covariance[i * size + j];
  const draw = random(1);
  let basis = Array.from({ length: count }, () => Float64Array.from({ length: size }, () => draw() - 0.5));
  for (let round = 0; round < 100; round++) {
    basis = orthonormal(basis.map((vector) => times(covariance, vector)));
  }
  return { mean, basis };
}

/**
 * Rows in their principal components.
 * @param {Float32Array} rows
 * @param {{ mean: Float64Array, basis: Float64Array[] }} components
 */
export function project(rows, { mean, basis }) {
  const size = mean.length;
  const offsets = basis.map((vector) => dot(vector, mean));
  return Float32Array.from({ length: (rows.length / size) * basis.length }, (_, i) => {
    const c = i % basis.length;
    const row = Math.floor(i / basis.length);
    return dot(basis[c], rows.subarray(row * size, (row + 1) * size)) - offsets[c];
  });
}

/** No Gaussian is narrower than this share of all rows' deviation. */
const NARROWEST = 0.1;

/**
 * A mixture of Gaussians with diagonal covariance, by expectation maximisation; it begins with rows that k-means++ draws.
 * @param {Float32Array} rows
 * @param {number} size numbers a row
 * @param {number} count of Gaussians
 * @param {number} seed
 */
export function gaussians(rows, size, count, seed) {
  const n = rows.length / size;
  const row = (/** @type {number} */ i) => rows.subarray(i * size, (i + 1) * size);
  const [, spread] = moments(rows, size, new Float64Array(n).fill(1));
  const floors = spread.map((deviation) => NARROWEST * deviation);
  const mu = spreadOut(row, n, count, random(seed));
  const sigma = mu.map(() => spread.slice());
  const pi = new Float64Array(count).fill(1 / count);
  for (let round = 0; round < 25; round++) {
    const shares = mu.map(() => new Float64Array(n));
    for (let i = 0; i < n; i++) {
      const logs = mu.map((mean, k) => logDensity(row(i), pi[k], mean, sigma[k]));
      const most = Math.max(...logs);
      const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0);
      for (const [k, log] of logs.entries()) shares[k][i] = Math.exp(log - most) / sum;
    }
    for (const [k, share] of shares.entries()) {
      const weight = share.reduce((sum, value) => sum + value, 0);
      if (weight < 1) continue;
      pi[k] = weight / n;
      [mu[k], sigma[k]] = moments(rows, size, share);
      sigma[k] = sigma[k].map((deviation, d) => Math.max(deviation, floors[d]));
    }
  }
  return { pi, mu, sigma };
}

/**
 * Linear classifiers, one class against the rest: hinge loss and half the squared weights, by dual coordinate descent
 * (Hsieh et al. 2008). The bias is the weight of one more feature, 1.
 * @param {readonly Float32Array[]} rows
 * @param {readonly number[]} labels
 * @param {number} classes
 * @param {{ cost: number, seed: number }} options
 */
export function classifiers(rows, labels, classes, { cost, seed }) {
  const squares = rows.map((row) => dot(row, row) + 1);
  return Array.from({ length: classes }, (_, label) => {
    const draw = random(seed + label);
    const weights = new Float64Array(rows[0].length);
    let bias = 0;
    const alpha = new Float64Array(rows.length);
    for (let step = 0; step < 60 * rows.length; step++) {
      const i = Math.floor(draw() * rows.length);
      const y = labels[i] === label ? 1 : -1;
      const slope = y * (dot(weights, rows[i]) + bias) - 1;
      const next = Math.min(Math.max(alpha[i] - slope / squares[i], 0), cost);
      const change = y * (next - alpha[i]);
      alpha[i] = next;
      if (change === 0) continue;
      for (let d = 0; d < weights.length; d++) weights[d] += change * rows[i][d];
      bias += change;
    }
    return { weights, bias };
  });
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** @param {Float64Array} matrix square @param {Float64Array} vector */
function times(matrix, vector) {
  const size = vector.length;
  return vector.map((_, i) => dot(matrix.subarray(i * size, (i + 1) * size), vector));
}

/** Gram and Schmidt. @param {Float64Array[]} vectors */
function orthonormal(vectors) {
  const done = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    for (const other of done) {
      const share = dot(rest, other);
      for (let i = 0; i < rest.length; i++) rest[i] -= share * other[i];
    }
    const length = Math.sqrt(dot(rest, rest));
    done.push(rest.map((value) => value / length));
  }
  return done;
}

/** Weighted mean and deviation of every column. @param {Float32Array} rows @param {number} size @param {Float64Array} weights */
function moments(rows, size, weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  for (let i = 0; i < rows.length; i++) mean[i % size] += (weights[Math.floor(i / size)] * rows[i]) / total;
  for (let i = 0; i < rows.length; i++)
    square[i % size] += (weights[Math.floor(i / size)] * (rows[i] - mean[i % size]) ** 2) / total;
  return [mean, square.map(Math.sqrt)];
}

/**
 * Rows that lie apart (k-means++).
 * @param {(i: number) => Float32Array} row
 * @param {number} n rows
 * @param {number} count
 * @param {() => number} draw
 */
function spreadOut(row, n, count, draw) {
  const chosen = [Float64Array.from(row(Math.floor(draw() * n)))];
  const distances = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  while (chosen.length < count) {
    const last = chosen[chosen.length - 1];
    for (let i = 0; i < n; i++) {
      const off = row(i).reduce((sum, value, d) => sum + (value - last[d]) ** 2, 0);
      distances[i] = Math.min(distances[i], off);
    }
    let rest = draw() * distances.reduce((sum, value) => sum + value, 0);
    const next = distances.findIndex((value) => {
      rest -= value;
      return rest < 0;
    });
    chosen.push(Float64Array.from(row(Math.max(next, 0))));
  }
  return chosen;
}

/**
 * But for a constant.
 * @param {Float32Array} row
 * @param {number} pi
 * @param {Float64Array} mu
 * @param {Float64Array} sigma
 */
function logDensity(row, pi, mu, sigma) {
  let log = Math.log(pi);
  for (let d = 0; d < row.length; d++) log -= ((row[d] - mu[d]) / sigma[d]) ** 2 / 2 + Math.log(sigma[d]);
  return log;
}
