// @ts-check
// How much of its decision does a classifier of Fisher vectors take from the context of an object, and how much a
// convolutional network (Lapuschkin et al. 2016)? On the embedded sample: descriptors of every image, a classifier of Fisher
// vectors as an ONNX file, its relevance at the pixels, and the outside-inside ratio by class beside that of the sample's
// network. Every ten images are explained by a classifier that was trained on the other ninety; the descriptors' components
// and Gaussians, which know no classes, are those of all images.
//
//     node examples/fisher-vector/fisher-vector.js [folder] [--limit N]
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  comparisonPicture,
  createBootstrap,
  createExplainer,
  createLayerExplainer,
  loadNetwork,
  openDataset,
  outsideInside,
  placeBox,
  prepareImage,
  readNpy,
  writeNpy,
} from 'heatproof';
import { describe, framesOf, SIZE } from './descriptors.js';
import { encoder } from './encoder.js';
import { classifiers, gaussians, principalComponents, project, sampleRows } from './model.js';
import { ofDescriptors, published, toPixels } from './relevance.js';

const COMPONENTS = 24;
const GAUSSIANS = 16;
/** Every ten images of the sample have all classes. */
const FOLD = 10;
const SEED = 1;
const METHODS = ['Fisher vector', 'network'];

const { values: given, positionals } = parseArgs({
  options: { limit: { type: 'string' } },
  allowPositionals: true,
});
const folder = positionals[0] ?? 'fisher-vector';
const limit = Number(given.limit ?? Number.POSITIVE_INFINITY);
await mkdir(join(folder, 'descriptors'), { recursive: true });
await mkdir(join(folder, 'heatmaps'), { recursive: true });

const sample = fileURLToPath(new URL('../../datasets/sample/', import.meta.url));
const network = await loadNetwork(`${sample}network.yaml`);
const labels = `${sample}classes.txt`;
const dataset = await openDataset({ type: 'voc', root: `${sample}VOCdevkit`, labels });
const classes = (await readFile(labels, 'utf8')).trim().split('\n');
const images = await Promise.all(
  dataset.samples.map(async ({ id, path, labels: [label = 0], ...rest }) => {
    const { input, pixels, placement } = await prepareImage(network, path);
    const boxes = (await dataset.boxes({ id, path, labels: [label], ...rest })).filter(
      (box) => box.label === label && !box.difficult,
    );
    return { id, label, input, pixels, boxes: boxes.flatMap((box) => placeBox(box, placement) ?? []) };
  }),
);
const [, height = 0, width = 0] = network.inputShape;

// Descriptors, as files: they are all that the classifier of Fisher vectors reads.
const frames = framesOf(width, height);
for (const { id, pixels } of images) {
  const grey = Float32Array.from(
    { length: width * height },
    (_, i) => 0.299 * pixels[3 * i] + 0.587 * pixels[3 * i + 1] + 0.114 * pixels[3 * i + 2],
  );
  const descriptors = describe(grey, width, frames);
  await writeFile(descriptorFile(id), writeNpy([frames.length, SIZE], descriptors));
}

/** @param {string} id */
function descriptorFile(id) {
  return join(folder, 'descriptors', `${id}.npy`);
}

// What knows no classes: the descriptors' principal components and Gaussians, and with them the Fisher vectors.
const read = (/** @type {{ id: string }} */ { id }) => readNpy(descriptorFile(id)).data;
const components = principalComponents(sampleRows(images.map(read), SIZE, 10000, SEED), SIZE, COMPONENTS);
const projected = images.map((image) => project(read(image), components));
const mixture = gaussians(sampleRows(projected, COMPONENTS, 5000, SEED), COMPONENTS, GAUSSIANS, SEED);
const encoderFile = join(folder, 'encoder.onnx');
await writeFile(encoderFile, encoder(mixture, frames.length));
const encoding = await createExplainer(await loadNetwork({ weights: encoderFile }), []);
/** @type {Float32Array[]} */
const vectors = [];
for (const descriptors of projected) vectors.push(await encoding.classify(descriptors));
await encoding.release();

/** @type {Awaited<ReturnType<typeof explainFold>>} */
const found = [];
for (let first = 0; first < Math.min(limit, images.length); first += FOLD) {
  const explained = images.map((_, i) => i).slice(first, Math.min(first + FOLD, limit));
  const training = images.map((_, i) => i).filter((i) => i < first || i >= first + FOLD);
  found.push(...(await explainFold(first / FOLD, training, explained)));
}

/**
 * @param {number} fold
 * @param {readonly number[]} training indices of images
 * @param {readonly number[]} explained indices of images
 */
async function explainFold(fold, training, explained) {
  const machines = classifiers(
    training.map((i) => vectors[i]),
    training.map((i) => images[i].label),
    classes.length,
    { cost: 10, seed: SEED },
  );
  const weights = join(folder, `fold-${fold}.onnx`);
  await writeFile(weights, encoder(mixture, frames.length, machines));
  const composites = { published: published(0.01) };
  const classifier = await loadNetwork({ weights, labels });
  const fisher = await createLayerExplainer(classifier, ['published'], 'mapping', { composites });
  const convolutional = await createExplainer(network, ['lrp-alpha2-beta1']);
  const results = [];
  for (const i of explained) {
    const image = images[i];
    const { id, label: target } = image;
    const [explanation] = await fisher.explain(projected[i], { id, target });
    const [other] = await convolutional.explain(image.input, { id, target });
    if (!explanation || !other) throw new Error(`${id} was not explained`);
    const relevance = ofDescriptors(explanation.relevance, frames.length);
    const values = toPixels(relevance, frames, width, height);
    await writeFile(join(folder, 'heatmaps', `${id}.npy`), writeNpy([height, width], values));
    const maps = [{ values, rows: height, columns: width, signed: true }, other.heatmap];
    const right = explanation.logits.indexOf(Math.max(...explanation.logits)) === target;
    results.push({ image, right, maps, ratios: maps.map((map) => outsideInside(map, image.boxes)) });
  }
  await fisher.release();
  await convolutional.release();
  return results;
}

// The ratio by class: its mean over images, with intervals of 95 % by bootstrap over images.
const bootstrap = createBootstrap({ seed: SEED });
const right = found.filter((one) => one.right).length;
console.log(`Fisher vectors: ${right} of ${found.length} images right`);
console.log(['outside-inside', 'images', ...METHODS].join('\t'));
const groups = classes.map((name, label) => ({
  name,
  own: found.filter(({ image }) => image.label === label),
}));
for (const { name, own } of [...groups, { name: 'all', own: found }]) {
  if (own.length === 0) continue;
  const cells = METHODS.map((_, m) => {
    const ratio = bootstrap.mean(own.flatMap(({ ratios }) => ratios[m] ?? []));
    const interval = ratio?.low === undefined ? '' : ` [${ratio.low.toFixed(2)}, ${ratio.high?.toFixed(2)}]`;
    return `${ratio?.value.toFixed(2)}${interval}`;
  });
  console.log([name, own.length, ...cells].join('\t'));
}

const shown = found.slice(0, FOLD).filter((_, i) => i % 3 === 0);
const picture = await comparisonPicture({
  columns: METHODS,
  rows: shown.map(({ image, maps }) => ({
    label: classes[image.label],
    subject: { data: image.pixels, width, height },
    maps,
  })),
  ratio: 1,
});
await writeFile(join(folder, 'heatmaps.png'), picture);
console.log(`picture: ${join(folder, 'heatmaps.png')}`);
