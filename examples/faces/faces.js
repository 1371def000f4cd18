// @ts-check
// Draws faces with the boxes of their parts, in the layout of PASCAL VOC, and trains two networks on others like them: one
// that tells the emotion, and one that tells the age. Filters are drawn at random and stay; the last layer is the solution
// of least squares (ridge regression). Everything is drawn from seeds.
//
//     node examples/faces/faces.js [folder]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createExplainer, loadNetwork, prepareImage } from 'heatproof';
import { floats, model, node, value } from '../onnx-file.js';
import { random } from '../random.js';
import { drawFace, EMOTIONS, SIDE } from './face.js';

const TRAINING = 600;
const TEST = 40;
const FILTERS = 16;
const KERNEL = 5;
const POOL = 4;
const RIDGE = 3;
const MEAN = 127.5;
const STD = 64;

const folder = process.argv[2] ?? 'faces';
const images = join(folder, 'JPEGImages');
for (const name of [images, join(folder, 'Annotations'), join(folder, 'ImageSets', 'Main')])
  await mkdir(name, { recursive: true });

const draw = random(1);
const faces = Array.from({ length: TRAINING + TEST }, () => drawFace(draw));
const tests = faces.slice(TRAINING).map((face, i) => ({ ...face, id: String(i + 1).padStart(3, '0') }));
for (const { id, png, parts } of tests) {
  await writeFile(join(images, `${id}.png`), png());
  await writeFile(join(folder, 'Annotations', `${id}.xml`), annotation(id, parts));
}
const list = (/** @type {string[]} */ lines) => `${lines.join('\n')}\n`;
await writeFile(join(folder, 'ImageSets', 'Main', 'test.txt'), list(tests.map(({ id }) => id)));
await writeFile(join(folder, 'parts.txt'), list(['mouth', 'eyes']));
await writeFile(join(folder, 'emotions.txt'), list(EMOTIONS));
await writeFile(join(folder, 'age.txt'), list(['age']));

/** @param {string} id @param {import('./face.js').Face['parts']} parts */
function annotation(id, parts) {
  // VOC counts pixels from 1, and the last one is inside.
  const objects = parts.map(
    ({ name, left, top, right, bottom }) =>
      `<object><name>${name}</name><difficult>0</difficult><bndbox><xmin>${left + 1}</xmin><ymin>${top + 1}</ymin>` +
      `<xmax>${right}</xmax><ymax>${bottom}</ymax></bndbox></object>`,
  );
  const size = `<size><width>${SIDE}</width><height>${SIDE}</height><depth>3</depth></size>`;
  return `<annotation><filename>${id}.png</filename>${size}${objects.join('')}</annotation>\n`;
}

// The filters, and what they find in the training faces.
/** @type {import('heatproof').NetworkDescriptor['preprocessing']} */
const preprocessing = { resize: [SIDE, SIDE], channels: 'rgb', mean: MEAN, std: STD };
const weights = Float32Array.from({ length: FILTERS * 3 * KERNEL ** 2 }, () => (draw() - 0.5) / 4);
const body = [
  node('Conv', ['input', 'filters'], 'convolved', { kernel_shape: [KERNEL, KERNEL], pads: [2, 2, 2, 2] }),
  node('Relu', ['convolved'], 'rectified'),
  node('AveragePool', ['rectified'], 'pooled', { kernel_shape: [POOL, POOL], strides: [POOL, POOL] }),
  node('Flatten', ['pooled'], 'features'),
];
const filters = floats('filters', [FILTERS, 3, KERNEL, KERNEL], weights);
const input = value('input', ['batch', 3, SIDE, SIDE]);
const count = FILTERS * (SIDE / POOL) ** 2;
const bodyFile = join(folder, 'features.onnx');
await writeFile(bodyFile, model(body, [filters], input, value('features', ['batch', count])));
const features = await featuresOf(faces.slice(0, TRAINING));

/** @param {readonly import('./face.js').Face[]} drawn */
async function featuresOf(drawn) {
  const explainer = await createExplainer(await loadNetwork({ weights: bodyFile }), []);
  const found = [];
  for (const { pixels } of drawn) {
    const plane = SIDE * SIDE;
    const input = Float32Array.from({ length: 3 * plane }, (_, i) => {
      return (pixels[4 * (i % plane) + Math.floor(i / plane)] - MEAN) / STD;
    });
    found.push(await explainer.classify(input));
  }
  await explainer.release();
  return found;
}

const emotions = EMOTIONS.map((_, label) =>
  faces.slice(0, TRAINING).map(({ emotion }) => (emotion === label ? 1 : -1)),
);
await writeNetwork('emotion', emotions, 'emotions.txt');
await writeNetwork('age', [faces.slice(0, TRAINING).map(({ age }) => age)], 'age.txt');

/**
 * @param {string} name
 * @param {readonly number[][]} wanted by output, one number a training face
 * @param {string} labels
 */
async function writeNetwork(name, wanted, labels) {
  const outputs = ridgeRegression(features, wanted, RIDGE);
  const dense = floats(
    'dense',
    [wanted.length, count],
    outputs.flatMap((output) => [...output.weights]),
  );
  const bias = floats(
    'bias',
    [wanted.length],
    outputs.map((output) => output.bias),
  );
  const nodes = [...body, node('Gemm', ['features', 'dense', 'bias'], 'output', { transB: 1 })];
  const file = model(nodes, [filters, dense, bias], input, value('output', ['batch', wanted.length]));
  await writeFile(join(folder, `${name}.onnx`), file);
  const descriptor = { weights: `${name}.onnx`, labels, preprocessing };
  await writeFile(join(folder, `${name}.yaml`), `${JSON.stringify(descriptor, null, 2)}\n`);
}

/**
 * Weights w and bias b that make sum (w x + b - y)^2 + ridge w^2 smallest, for each list of wanted numbers: w is a
 * combination of the rows, whose coefficients solve a system of as many equations as rows.
 * @param {readonly Float32Array[]} rows
 * @param {readonly number[][]} wanted
 * @param {number} ridge
 */
function ridgeRegression(rows, wanted, ridge) {
  const mean = rows[0].map((_, d) => rows.reduce((sum, row) => sum + row[d], 0) / rows.length);
  const centred = rows.map((row) => row.map((x, d) => x - mean[d]));
  const dot = (/** @type {ArrayLike<number>} */ a, /** @type {ArrayLike<number>} */ b) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
    return sum;
  };
  const lower = cholesky(centred.map((a, i) => centred.map((b, j) => dot(a, b) + (i === j ? ridge : 0))));
  return wanted.map((numbers) => {
    const middle = numbers.reduce((sum, y) => sum + y, 0) / numbers.length;
    const coefficients = solved(
      lower,
      numbers.map((y) => y - middle),
    );
    const own = mean.map((_, d) => centred.reduce((sum, row, i) => sum + coefficients[i] * row[d], 0));
    return { weights: own, bias: middle - dot(own, mean) };
  });
}

/** L with L L' = a matrix. @param {readonly number[][]} matrix symmetric, positive definite */
function cholesky(matrix) {
  const lower = matrix.map((row) => new Float64Array(row.length));
  for (let i = 0; i < matrix.length; i++)
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i][j];
      for (let k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
      lower[i][j] = i === j ? Math.sqrt(sum) : sum / lower[j][j];
    }
  return lower;
}

/** x with L L' x = y. @param {readonly Float64Array[]} lower @param {readonly number[]} y */
function solved(lower, y) {
  const x = [...y];
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i] -= lower[i][k] * x[k];
    x[i] /= lower[i][i];
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i] -= lower[k][i] * x[k];
    x[i] /= lower[i][i];
  }
  return x;
}

// How good they are, on faces that they have not seen.
const [emotion, age] = await Promise.all(
  ['emotion', 'age'].map((name) => outputsOf(join(folder, `${name}.yaml`))),
);
const right = tests.filter((face, i) => emotion[i].indexOf(Math.max(...emotion[i])) === face.emotion).length;
const off = tests.reduce((sum, face, i) => sum + Math.abs(age[i][0] - face.age), 0) / tests.length;
console.log(`emotion: ${right} of ${tests.length} right; age: off by ${off.toFixed(1)} years in the mean`);

/** @param {string} file */
async function outputsOf(file) {
  const network = await loadNetwork(file);
  const explainer = await createExplainer(network, []);
  const found = [];
  for (const { id } of tests)
    found.push(await explainer.classify((await prepareImage(network, join(images, `${id}.png`))).input));
  await explainer.release();
  return found;
}
