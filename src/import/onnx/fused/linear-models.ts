import { Unsupported } from '../../unsupported.js';
import type { Spelling } from './spelling.js';

/** One row of weights an output, row by row, and one bias each. */
interface Rows {
  readonly weights: readonly number[];
  readonly biases: readonly number[];
}

/** The attribute with the names of classes. */
export const NAMES_OF_CLASSES = 'classlabels_strings';

/** ai.onnx.ml.LinearClassifier: label, scores. */
export function linearClassifier(spelt: Spelling): void {
  const classes = classesOf(spelt);
  const given = spelt.floats('intercepts');
  const biases = given.length > 0 ? given : zeros(classes);
  const rows = { weights: spelt.floats('coefficients'), biases };
  const shared = biases.length === 1 && classes === 2;
  if (biases.length !== classes && !shared)
    throw new Unsupported(`with ${biases.length} rows for ${classes} classes`);
  const transform = transformOf(spelt);
  // onnxruntime: the other class has 1 - s, also where s becomes a logistic function, which then is that of -s.
  const all = shared ? twoOf(rows, transform === 'LOGISTIC' ? 0 : 1, transform) : rows;
  classified(spelt, all, transform);
}

/** ai.onnx.ml.SVMClassifier: label, scores. One machine of support vectors for two classes, or a row of weights a class. */
export function svmClassifier(spelt: Spelling): void {
  const classes = classesOf(spelt);
  const transform = transformOf(spelt);
  if (spelt.floats('prob_a').length > 0) throw new Unsupported('with probabilities by Platt');
  refuseKernels(spelt);
  const [rho = 0] = spelt.floats('rho');
  const ofVectors = (spelt.ints('vectors_per_class') ?? []).length > 0;
  if (ofVectors && classes !== 2) throw new Unsupported(`with scores of pairs of ${classes} classes`);
  const rows = ofVectors
    ? twoOf({ weights: primal(spelt), biases: [rho] }, 0, transform)
    : // onnxruntime adds the first of several to all.
      { weights: spelt.floats('coefficients'), biases: zeros(classes).fill(rho) };
  classified(spelt, rows, transform);
}

/** ai.onnx.ml.LinearRegressor */
export function linearRegressor(spelt: Spelling): void {
  const targets = spelt.int('targets', 1);
  const weights = spelt.floats('coefficients');
  if (targets < 1 || targets > weights.length)
    throw new Unsupported(`with ${weights.length} coefficients for ${targets} outputs`);
  const given = spelt.floats('intercepts');
  const biases = given.length > 0 ? given : zeros(targets);
  if (biases.length !== targets)
    throw new Unsupported(`with ${biases.length} intercepts for ${targets} outputs`);
  const transform = transformOf(spelt);
  // onnxruntime leaves a single number as it is.
  scored(spelt, { weights, biases }, targets === 1 ? 'NONE' : transform, 0);
}

/** ai.onnx.ml.SVMRegressor */
export function svmRegressor(spelt: Spelling): void {
  if (spelt.int('one_class', 0) !== 0) throw new Unsupported('of one class');
  transformOf(spelt);
  const [rho = 0] = spelt.floats('rho');
  refuseKernels(spelt);
  const weights = spelt.int('n_supports', 0) > 0 ? primal(spelt) : spelt.floats('coefficients');
  scored(spelt, { weights, biases: [rho] }, 'NONE', 0);
}

/** ai.onnx.ml.Scaler: (x - offset) scale, a number a feature or one for all. */
export function scaler(spelt: Spelling): void {
  const [offset, scale] = [spelt.floats('offset'), spelt.floats('scale')];
  if (offset.length === 0 || offset.length !== scale.length)
    throw new Unsupported(`with ${offset.length} offsets for ${scale.length} scales`);
  const moved = spelt.add('Sub', [spelt.input(0), spelt.numbers([offset.length], offset)]);
  spelt.last('Mul', [moved, spelt.numbers([scale.length], scale)]);
}

/** The length below which a row counts as empty, and stays zero. */
const SHORTEST = 1e-12;

/** ai.onnx.ml.Normalizer */
export function normalizer(spelt: Spelling): void {
  const norm = spelt.string('norm', 'MAX');
  if (norm !== 'L2') throw new Unsupported(`with norm ${norm}`);
  spelt.last('RMSNormalization', [spelt.input(0)], { axis: -1, unit: 1, epsilon: { float: SHORTEST } });
}

/** ai.onnx.ml.ZipMap: scores by the names of their classes. */
export function zipMap(spelt: Spelling): void {
  spelt.last('Identity', [spelt.input(0)]);
  spelt.keep(NAMES_OF_CLASSES);
}

/** What post transforms are in ONNX's own operators. */
const TRANSFORMS = { NONE: undefined, SOFTMAX: 'Softmax', LOGISTIC: 'Sigmoid' } as const;

type Transform = keyof typeof TRANSFORMS;

function transformOf(spelt: Spelling): Transform {
  const name = spelt.string('post_transform', 'NONE');
  if (!Object.hasOwn(TRANSFORMS, name)) throw new Unsupported(`with post_transform ${name}`);
  return name as Transform;
}

function classesOf(spelt: Spelling): number {
  return spelt.strings(NAMES_OF_CLASSES).length || (spelt.ints('classlabels_ints') ?? []).length;
}

const zeros = (count: number) => new Array<number>(count).fill(0);

/** The rows of two classes that share one, s: that of the first is `from` - s. */
function twoOf({ weights, biases }: Rows, from: number, transform: Transform): Rows {
  // onnxruntime does not apply it there.
  if (transform === 'SOFTMAX') throw new Unsupported('with post_transform SOFTMAX of one row');
  const [bias = 0] = biases;
  return { weights: [...weights.map((w) => -w), ...weights], biases: [from - bias, bias] };
}

/** Scores, and the label that they give. */
function classified(spelt: Spelling, rows: Rows, transform: Transform): void {
  scored(spelt, rows, transform, 1);
  spelt.keep(NAMES_OF_CLASSES);
  spelt.last('ArgMax', [spelt.fused.output[1] ?? ''], { axis: 1, keepdims: 0 });
}

/** A dense layer, and what is made of its numbers. */
function scored(spelt: Spelling, { weights, biases }: Rows, transform: Transform, output: number): void {
  const features = weights.length / biases.length;
  if (!Number.isInteger(features) || features === 0)
    throw new Unsupported(`with ${weights.length} coefficients for ${biases.length} outputs`);
  const inputs = [
    spelt.input(0),
    spelt.numbers([biases.length, features], weights),
    spelt.numbers([biases.length], biases),
  ];
  const op = TRANSFORMS[transform];
  if (!op) spelt.last('Gemm', inputs, { transB: 1 }, output);
  else
    spelt.last(op, [spelt.add('Gemm', inputs, { transB: 1 })], op === 'Softmax' ? { axis: -1 } : {}, output);
}

function refuseKernels(spelt: Spelling): void {
  const kernel = spelt.string('kernel_type', 'LINEAR');
  if (kernel !== 'LINEAR') throw new Unsupported(`with kernel ${kernel}`);
}

/** The weights that support vectors stand for: with a linear kernel, their sum times their coefficients. */
function primal(spelt: Spelling): number[] {
  const coefficients = spelt.floats('coefficients');
  const vectors = spelt.floats('support_vectors');
  const features = vectors.length / coefficients.length;
  if (!Number.isInteger(features) || features === 0)
    throw new Unsupported(`with ${vectors.length} numbers of ${coefficients.length} support vectors`);
  const weights = zeros(features);
  coefficients.forEach((c, v) => {
    for (let i = 0; i < features; i++)
      weights[i] = (weights[i] as number) + c * (vectors[v * features + i] as number);
  });
  return weights;
}
