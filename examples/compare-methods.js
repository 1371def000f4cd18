// @ts-check
// Which method explains one image best? Explains an image of the embedded sample by three methods, perturbs what each
// calls relevant, and says how fast the decision falls and where the relevance lies.
//
//     node examples/compare-methods.js [folder for the picture]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  comparisonPicture,
  createExplainer,
  loadNetwork,
  openDataset,
  outsideInside,
  perturb,
  placeBox,
  prepareImage,
} from 'heatproof';

const sampleData = fileURLToPath(new URL('../datasets/sample/', import.meta.url));
const network = await loadNetwork(`${sampleData}network.yaml`);
const dataset = await openDataset({
  type: 'voc',
  root: `${sampleData}VOCdevkit`,
  labels: `${sampleData}classes.txt`,
});
const [sample] = dataset.samples;
if (!sample) throw new Error('the sample is empty');

const { input, pixels, placement } = await prepareImage(network, sample.path);
const boxes = (await dataset.boxes(sample)).flatMap((box) => placeBox(box, placement) ?? []);

const explainer = await createExplainer(network, ['lrp-alpha2-beta1', 'lrp-epsilon-0.01', 'sensitivity-l2']);
const explanations = await explainer.explain(input, { id: sample.id });
await explainer.release();

for (const { method, target, heatmap } of explanations) {
  const { metrics } = await perturb(network, input, heatmap, { id: sample.id, region: 8, steps: 50 });
  const ratio = outsideInside(heatmap, boxes);
  console.log(
    `${network.labels[target]}  ${method.padEnd(16)}  ` +
      `AOPC ${metrics.aopc_morf?.toFixed(2)}  relative to random ${metrics.aopc_morf_vs_random?.toFixed(2)}  ` +
      `outside-inside ${ratio?.toFixed(3)}`,
  );
}

const folder = process.argv[2] ?? '.';
await mkdir(folder, { recursive: true });
const picture = join(folder, `${sample.id}.png`);
const { width, height } = placement.network;
await writeFile(
  picture,
  await comparisonPicture({
    title: `explained: ${network.labels[explanations[0]?.target ?? 0]}`,
    columns: explanations.map(({ method }) => method),
    rows: [
      {
        label: sample.id,
        subject: { data: pixels, width, height },
        maps: explanations.map(({ heatmap }) => heatmap),
      },
    ],
  }),
);
console.log(`picture: ${picture}`);
