// @ts-check
// The encoder of Fisher vectors (Perronnin et al. 2010) as an ONNX file: posteriors, gradients, their mean over
// descriptors, signed root, length 1, and a linear classifier.

const FLOAT = 1;
const INT64 = 7;
const OPSET = 13;

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

// What of ONNX's protocol buffers (onnx.proto) the encoder needs. A field is its number and a length, or a number.

/** @param {number | bigint} number */
function varint(number) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(number));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** @param {number} field @param {Uint8Array | string} content */
function bytes(field, content) {
  const buffer = Buffer.from(content);
  return Buffer.concat([varint(field * 8 + 2), varint(buffer.length), buffer]);
}

/** @param {number} field @param {number} content */
function number(field, content) {
  return Buffer.concat([varint(field * 8), varint(content)]);
}

/**
 * @param {string} op
 * @param {string[]} inputs
 * @param {string} output
 * @param {Record<string, number | number[]>} [attributes]
 */
function node(op, inputs, output, attributes = {}) {
  const written = Object.entries(attributes).map(([name, content]) => {
    const [INT, INTS] = [2, 7];
    const several = Array.isArray(content);
    const numbers = several ? content.map((one) => number(8, one)) : [number(3, content)];
    return bytes(5, Buffer.concat([bytes(1, name), ...numbers, number(20, several ? INTS : INT)]));
  });
  return Buffer.concat([
    ...inputs.map((input) => bytes(1, input)),
    bytes(2, output),
    bytes(3, output),
    bytes(4, op),
    ...written,
  ]);
}

/** @param {string} name @param {number[]} dims @param {ArrayLike<number>} values */
function floats(name, dims, values) {
  return tensor(name, dims, FLOAT, new Uint8Array(Float32Array.from(values).buffer));
}

/** @param {string} name @param {number[]} values */
function integers(name, values) {
  return tensor(name, [values.length], INT64, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
}

/** @param {string} name @param {number[]} dims @param {number} type @param {Uint8Array} raw */
function tensor(name, dims, type, raw) {
  return Buffer.concat([
    ...dims.map((dim) => number(1, dim)),
    number(2, type),
    bytes(8, name),
    bytes(9, raw),
  ]);
}

/** @param {string} name @param {(string | number)[]} dims */
function value(name, dims) {
  const shape = dims.map((dim) => bytes(1, typeof dim === 'string' ? bytes(2, dim) : number(1, dim)));
  const type = Buffer.concat([number(1, FLOAT), bytes(2, Buffer.concat(shape))]);
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, type))]);
}

/** @param {Buffer[]} nodes @param {Buffer[]} tensors @param {Buffer} input @param {Buffer} output */
function model(nodes, tensors, input, output) {
  const graph = [
    ...nodes.map((one) => bytes(1, one)),
    bytes(2, 'fisher-vector'),
    ...tensors.map((one) => bytes(5, one)),
    bytes(11, input),
    bytes(12, output),
  ];
  const opset = Buffer.concat([bytes(1, ''), number(2, OPSET)]);
  return Buffer.concat([number(1, 8), bytes(7, Buffer.concat(graph)), bytes(8, opset)]);
}
