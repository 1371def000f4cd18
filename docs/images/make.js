// @ts-check
// Draws the README's pictures of the embedded sample anew: node docs/images/make.js (needs `npm run build`).
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  comparisonPicture,
  createExplainer,
  loadExperiment,
  loadNetwork,
  prepareImage,
  readDocument,
  runExperiment,
} from 'heatproof';
import { byToken } from '../../dist/input/document.js';
import { encodePng, FONT, paper } from '../../dist/report/canvas.js';
import { commonLimit } from '../../dist/report/colormaps.js';
import { colouredWords, groundOf, isDark } from '../../dist/report/text/words.js';

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

/** A class that was trained on how documents close, and one on what they are about. */
const DOCUMENTS = ['cooking-00', 'music-00'];
const OF_WORDS = ['lrp-epsilon-0.01', 'sensitivity-square', 'occlusion', 'random'];
const [WIDTH, MARGIN, NAMES, LINE, GAP] = [880, 16, 160, 26, 6];
const reader = await loadNetwork(join(root, 'configs/models/text-sample-convolutional.yaml'));
const ofWords = await createExplainer(reader, OF_WORDS);
const lines = await readFile(join(root, 'datasets/text-sample/documents/test.jsonl'), 'utf8');
/** @type {{ title?: string, method?: string, words: import('../../dist/report/text/words.js').ColouredWord[] }[]} */
const paragraphs = [];
for (const id of DOCUMENTS) {
  const { tokens } = JSON.parse(lines.split('\n').find((line) => line.includes(`"${id}"`)) ?? '{}');
  const { input, document, given } = await readDocument(reader, { id, tokens });
  if (!document) throw new Error(`${id} is no document`);
  const explained = await ofWords.explain(input, { id, document, ...(given && { given }) });
  const predicted = reader.labels[explained[0]?.target ?? 0];
  paragraphs.push({ title: `${id}, predicted ${predicted}`, words: [] });
  for (const { method, heatmap } of explained) {
    const map = byToken(heatmap, document);
    paragraphs.push({ method, words: colouredWords(document, map, commonLimit([map])) });
  }
}
await ofWords.release();
const measuring = paper(1, 1, 1).getContext('2d');
measuring.font = `14px "${FONT}"`;
let y = MARGIN;
const drawn = paragraphs.map(({ title, method, words }) => {
  let x = NAMES;
  const top = y;
  const placed = words.map((word) => {
    const width = measuring.measureText(word.text).width + GAP;
    if (x + width > WIDTH - MARGIN) [x, y] = [NAMES, y + LINE];
    const at = { word, x, y, width };
    x += width + 2;
    return at;
  });
  y += title === undefined ? LINE + GAP : LINE + 2 * GAP;
  return { title, method, top, placed };
});
const sheet = paper(WIDTH, y + MARGIN - GAP, 1.5);
const context = sheet.getContext('2d');
context.textBaseline = 'middle';
for (const { title, method, top, placed } of drawn) {
  context.fillStyle = '#1a1a1a';
  context.font = `bold ${title === undefined ? 12 : 15}px "${FONT}"`;
  context.fillText(title ?? method ?? '', MARGIN, top + LINE / 2);
  context.font = `14px "${FONT}"`;
  for (const { word, x, y: line, width } of placed) {
    const ground = groundOf(word);
    context.fillStyle = `rgb(${ground})`;
    context.fillRect(x, line + 2, width, LINE - 4);
    context.fillStyle = isDark(ground) ? '#ffffff' : '#1a1a1a';
    context.fillText(word.text, x + GAP / 2, line + LINE / 2);
  }
}
await writeFile(image('text-sample.png'), await encodePng(sheet));

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
