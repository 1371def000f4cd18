// @ts-check
// Draws the README's pictures of the embedded sample anew: node docs/images/make.js (needs `npm run build`).
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  comparisonPicture,
  createExplainer,
  loadExperiment,
  loadNetwork,
  prepareImage,
  runExperiment,
} from 'heatproof';

const root = fileURLToPath(new URL('../../', import.meta.url));
const image = (/** @type {string} */ name) => join(root, 'docs/images', name);

const out = await mkdtemp(join(tmpdir(), 'heatproof-images-'));
const experiment = await loadExperiment(join(root, 'configs/quickstart.yaml'));
await runExperiment(experiment, { out, mode: 'fresh' });
await copyFile(join(out, 'plots/aopc-vs-random.png'), image('sample-aopc.png'));
await copyFile(join(out, 'plots/context.png'), image('sample-context.png'));
await rm(out, { recursive: true });

const signals = await loadExperiment(join(root, 'configs/signals.yaml'));
await runExperiment({ ...signals, heatmaps: 1 }, { out, mode: 'fresh' });
await copyFile(join(out, 'heatmaps/run-000.png'), image('signals-sample.png'));
await rm(out, { recursive: true });

/** A class whose scene gives it away, and one whose scene does not. */
const SHOWN = ['000052', '000017'];
const METHODS = ['lrp-alpha2-beta1', 'epsilon-gamma-box', 'sensitivity-l2'];
const network = await loadNetwork(join(root, 'datasets/sample/network.yaml'));
const explainer = await createExplainer(network, METHODS);
const rows = [];
for (const id of SHOWN) {
  const path = join(root, `datasets/sample/VOCdevkit/VOC2007/JPEGImages/${id}.jpg`);
  const { input, pixels, placement } = await prepareImage(network, path);
  const explanations = await explainer.explain(input);
  const label = network.labels[explanations[0]?.target ?? 0] ?? '';
  const { width, height } = placement.network;
  rows.push({
    label,
    subject: { data: pixels, width, height },
    maps: explanations.map(({ heatmap }) => heatmap),
  });
}
await explainer.release();
await writeFile(
  image('sample-heatmaps.png'),
  await comparisonPicture({ columns: METHODS, rows, ratio: 1.5 }),
);
