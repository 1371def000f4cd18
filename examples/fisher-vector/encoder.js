// @ts-check
// The encoder of Fisher vectors (Perronnin et al. 2010) as an ONNX file: posteriors, gradients, their mean over
// descriptors, signed root, length 1, and a linear classifier.

import { floats, integers, model, node, value } from '../onnx-file.js';

/**
 * @typedef {object} Mixture
 * @property {Float64Array} pi
 * @property {Float64Array[]} mu
 * @property {Float64Array[]} sigma deviations
 */

/**
 * `descriptors` [batch, count, size] to `scores` [batch, classes]. Of descriptor x and Gaussian k with posterior q_k, z = (x -
 * mu_k) / sigma_k: `mapping` is q_k z / sqrt(pi_k), then q_k (z^2 - 1) / sqrt(2 pi_k); `fisher` is its mean over descriptors.
 * Without classifiers `phi` is the output.
 * @param {Mixture} mixture
 * @param {number} count of descriptors
 * @param {{ weights: Float64Array, bias: number }[]} [classifiers]
 */
export function encoder({ pi, mu, sigma }, count, classifiers) {
  const gaussians = mu.length;
  const size = mu[0].length;
  const each = [1, 1, gaussians, size];
  /** @param {Float64Array[]} vectors */
  const all = (vectors, of = (/** @type {number} */ value) => value) =>
    Float32Array.from(vectors.flatMap((vector) => Array.from(vector, of)));
  const logs = mu.map((_, k) => Math.log(pi[k]) - sigma[k].reduce((sum, s) => sum + Math.log(s), 0));
  const tensors = [
    floats('mu', each, all(mu)),
    floats(
      'precision',
      each,
      all(sigma, (s) => 1 / s),
    ),
    floats('half', [1], [-0.5]),
    floats('one', [1], [1]),
    floats('logs', [gaussians], logs),
    floats(
      'first',
      [1, 1, gaussians, 1],
      pi.map((p) => 1 / Math.sqrt(p)),
    ),
    floats(
      'second',
      [1, 1, gaussians, 1],
      pi.map((p) => 1 / Math.sqrt(2 * p)),
    ),
    integers('axis2', [2]),
    integers('axis3', [3]),
    integers('rows', [0, count, gaussians * size]),
  ];
  const nodes = [
    node('Unsqueeze', ['descriptors', 'axis2'], 'x'),
    node('Sub', ['x', 'mu'], 'centred'),
    node('Mul', ['centred', 'precision'], 'z'),
    node('Mul', ['z', 'z'], 'zz'),
    node('ReduceSum', ['zz', 'axis3'], 'distance', { keepdims: 0 }),
    node('Mul', ['distance', 'half'], 'exponent'),
    node('Add', ['exponent', 'logs'], 'log'),
    node('Softmax', ['log'], 'posterior', { axis: 2 }),
    node('Unsqueeze', ['posterior', 'axis3'], 'gate'),
    node('Mul', ['z', 'first'], 'u'),
    node('Sub', ['zz', 'one'], 'beyond'),
    node('Mul', ['beyond', 'second'], 'v'),
    node('Mul', ['gate', 'u'], 'gated-u'),
    node('Mul', ['gate', 'v'], 'gated-v'),
    node('Reshape', ['gated-u', 'rows'], 'rows-u'),
    node('Reshape', ['gated-v', 'rows'], 'rows-v'),
    node('Concat', ['rows-u', 'rows-v'], 'mapping', { axis: 2 }),
    node('ReduceMean', ['mapping'], 'fisher', { axes: [1], keepdims: 0 }),
    node('Sign', ['fisher'], 'sign'),
    node('Abs', ['fisher'], 'size'),
    node('Sqrt', ['size'], 'sqrt'),
    node('Mul', ['sign', 'sqrt'], 'root'),
    node('LpNormalization', ['root'], 'phi', { axis: 1, p: 2 }),
  ];
  if (classifiers) {
    const dimensions = 2 * gaussians * size;
    tensors.push(floats('weights', [classifiers.length, dimensions], all(classifiers.map((c) => c.weights))));
    tensors.push(
      floats(
        'bias',
        [classifiers.length],
        classifiers.map((c) => c.bias),
      ),
    );
    nodes.push(node('Gemm', ['phi', 'weights', 'bias'], 'scores', { transB: 1 }));
  }
  const [output, width] = classifiers ? ['scores', classifiers.length] : ['phi', 2 * gaussians * size];
  return model(nodes, tensors, value('descriptors', ['batch', count, size]), value(output, ['batch', width]));
}
