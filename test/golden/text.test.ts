import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { embedWords } from '../../src/datasets/text/embed.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { placeUnits } from '../../src/evaluation/families/faithfulness/changes.js';
import { eraser } from '../../src/evaluation/families/faithfulness/regions.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { softmax } from '../../src/explain/softmax.js';
import { readNpy } from '../../src/files/npy.js';
import { floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { layoutOf } from '../../src/input/layout.js';
import { BOX_METRICS, type BoxMetricId } from '../../src/metrics/boxes.js';
import { makeTree } from '../datasets/tree.js';
import { evaluateAll } from '../evaluation/evaluate.js';
import { hasShared, needsShared, shared } from '../shared.js';

const CLASSES = 'classes.txt';
const METHODS = ['lrp-epsilon-0.01', 'gradient-x-input', 'sensitivity-square'];
const STEPS = [5, 10, 20, 50];

const json = (...path: string[]) => JSON.parse(readFileSync(shared('text', ...path), 'utf8'));

/** How each network of the mails reads documents. */
const MODELS = {
  cnn: {
    weights: 'cnn.onnx',
    inputShape: [200],
    words: { vocabulary: 'vocabulary.txt' },
  },
  svm: {
    weights: 'svm-gemm.onnx',
    words: { vocabulary: 'vocabulary.txt', bag: 'tf-idf-l2', idf: 'idf.npy' },
  },
};

/** An experiment on documents with one of the networks, by its path. */
function experiment(net: keyof typeof MODELS, documents: readonly unknown[], config: object): string {
  const at = (name: string) => shared('text', name);
  const { weights, words, ...rest } = MODELS[net];
  const files = Object.entries(words).map(([key, value]) => [key, key === 'bag' ? value : at(value)]);
  const content = {
    name: 'text',
    model: {
      name: net,
      weights: at(weights),
      labels: at(CLASSES),
      words: Object.fromEntries(files),
      ...rest,
    },
    dataset: { type: 'text', root: 'documents', labels: at(CLASSES) },
    methods: METHODS,
    ...config,
  };
  const root = makeTree({
    'documents/mails.jsonl': documents.map((one) => JSON.stringify(one)).join('\n'),
    'experiment.yaml': stringify(content),
  });
  return join(root, 'experiment.yaml');
}

describe.skipIf(!hasShared)(`golden deletion of words${needsShared}`, () => {
  it.each(['cnn', 'svm'] as const)(
    'of 100 mails, %s: right ones lose the most relevant words first, wrong ones the least',
    async (net) => {
      const table = readFileSync(shared('text', 'golden', `${net}.documents.csv`), 'utf8');
      const ids = table.trim().split('\n').slice(1).map((line) => line.split(',')[1]); // biome-ignore format: one line
      const documents = ids.map((id) => json('mails', `${id}.json`));
      const at = STEPS;
      const perturbation = { region: 'word', steps: 50, at, fill: 'zero', target: 'true', accuracy: true };
      const { rows } = await evaluateAll(experiment(net, documents, { perturbation }));
      const golden = json('golden', 'curves.json') as Record<string, number[]>;
      for (const method of METHODS) {
        for (const [name, order, start] of [
          ['right', 'morf', 1],
          ['wrong', 'lerf', 0],
        ] as const) {
          const curves = rows.flatMap((row) => {
            const curve = row.method === method ? row.parts.perturbation?.right?.[order] : undefined;
            return curve?.[0] === start ? [curve] : [];
          });
          const accuracy = [0, ...STEPS].map((step) => curves.reduce((sum, curve) => sum + (curve[step] as number), 0) / curves.length); // biome-ignore format: one line
          const expected = [0, ...STEPS].map((step) => golden[`${net}.${name}.${method}`]?.[step]);
          expect(
            accuracy.map((share) => Number(share.toFixed(6))),
            `${name} ${method}`,
          ).toEqual(expected);
        }
      }
    },
  );
});

describe.skipIf(!hasShared)(`golden relevance in hybrid documents${needsShared}`, () => {
  it.each(['cnn', 'svm'] as const)('lies on the sentences of the predicted class: %s', async (net) => {
    const documents = readdirSync(shared('text', 'hybrid')).map((file) => json('hybrid', file));
    const metrics: BoxMetricId[] = ['pointing-game', 'inside-total'];
    const boxes = { metrics, tolerance: 0, targets: 'annotated-and-predicted' };
    const { rows } = await evaluateAll(experiment(net, documents, { boxes }));
    const golden = json('golden', 'hybrid.json');
    for (const method of METHODS) {
      const own = rows.filter((row) => row.method === method);
      const sum = (id: BoxMetricId) => own.reduce((sum, { parts }) => sum + (parts.boxes?.[BOX_METRICS[id].id] ?? Number.NaN), 0); // biome-ignore format: one line
      const known = golden[`${net}.${method}`] ?? golden[`${net}.gradient-x-input`];
      expect([own.length, Number((sum('inside-total') / 20).toFixed(4)), sum('pointing-game')]).toEqual([
        20,
        known['positive relevance inside, mean'],
        // One document repeats its most relevant word inside and outside, of which the reference looks at the first.
        net === 'svm' && method === 'sensitivity-square' ? known['hits of 20'] - 0.5 : known['hits of 20'],
      ]);
    }
  });
});

describe.skipIf(!hasShared)(`golden comprehensiveness and sufficiency${needsShared}`, () => {
  it('of 64 tokens with given scores', async () => {
    const [scores, inputs] = ['token-scores.npy', 'inputs.npy'].map((file) => readNpy(shared('golden-metrics', 'conv1d', file))); // biome-ignore format: one line
    const network = await loadNetwork({ weights: shared('golden', 'conv1d', 'model.onnx') });
    const session = await onnxruntime.load(network.graph);
    const layout = layoutOf(network.inputShape);
    const size = sizeOf(network.inputShape);
    const golden = JSON.parse(readFileSync(shared('golden-metrics', 'index.json'), 'utf8')).nets.conv1d
      .eraser;
    for (const [i, { target, ...expected }] of golden.entries()) {
      const input = inputs?.data.subarray(i * size, (i + 1) * size) as Float32Array;
      const values = scores?.data.subarray(i * layout.places, (i + 1) * layout.places) as Float32Array;
      const map = { values, rows: 1, columns: layout.places, signed: true, method: 'given' };
      const { own, measure } = eraser.prepare({
        input,
        regions: placeUnits(layout),
        probability: (logits: Float32Array) => softmax(logits)[target] as number,
      } as never);
      const states = [input, ...(own?.(map) ?? [])];
      const logits = [];
      for (const state of states) {
        const found = await session.run({ input: floatTensor([1, ...network.inputShape], state) });
        logits.push(Object.values(found)[0]?.data as Float32Array);
      }
      const [whole, ...rest] = logits as [Float32Array, ...Float32Array[]];
      const { comprehensiveness = 0, sufficiency = 0 } = measure(map, { whole, shared: [], own: rest });
      expect(Math.abs(comprehensiveness - expected.aopc_comprehensiveness)).toBeLessThan(1e-5);
      expect(Math.abs(sufficiency - expected.aopc_sufficiency)).toBeLessThan(1e-5);
    }
    expect(golden).toHaveLength(4);
    await session.release();
  });
});

describe.skipIf(!hasShared)(`a transformer of words${needsShared}`, () => {
  const net = (file: string) => shared('golden-transformers', 'bert-mini', file);
  const numbers = (file: string) => Array.from(readNpy(net(file)).data);

  it('is explained and perturbed with its mask: attention and replaced words leave padding and frames alone', async () => {
    const ids = numbers('x0.input_ids.npy').slice(0, 20);
    const tokens = ids.map((id, i) =>
      i === 0 ? '[CLS]' : i === 19 ? '[SEP]' : `${i % 3 ? '' : '##'}w${id}`,
    );
    const root = makeTree({
      'documents/a.jsonl': JSON.stringify({ id: 'a', tokens, ids }),
      'experiment.yaml': stringify({
        name: 'bert',
        model: { name: 'bert', weights: net('model-opset17.onnx'), inputShape: [24] },
        dataset: { type: 'text', root: 'documents' },
        methods: ['attnlrp', 'raw-attention', 'attention-rollout', 'chefer-generic', 'occlusion', 'random'],
        perturbation: { region: 'word', steps: 20, orders: ['morf'], fill: 'pad' },
      }),
    });
    const { rows } = await evaluateAll(join(root, 'experiment.yaml'));
    const ends = rows.map((row) => [row.method, row.score, row.parts.perturbation?.curves.morf?.at(-1)]);
    const logits = numbers('x0.logits.npy');
    const best = logits.indexOf(Math.max(...logits));
    for (const [, score] of ends) expect(score).toBeCloseTo(logits[best] as number, 4);
    // Without all 12 words, whichever went first, all that is left is the same.
    expect(new Set(ends.map(([, , end]) => Number(end).toFixed(4))).size).toBe(1);
    expect(ends).toHaveLength(6);

    const network = await loadNetwork({ weights: net('model-opset17.onnx'), inputShape: [24] });
    const set = await createExplainers(onnxruntime, network, ['raw-attention', 'attention-rollout']);
    const inputs = {
      input_ids: numbers('x0.input_ids.npy'),
      attention_mask: numbers('x0.attention_mask.npy'),
    };
    const found = await set.explain([{ id: 'a', target: best, ...embedWords(network, inputs) }]);
    await set.release();
    for (const [explained] of found) {
      const relevance = Array.from(explained?.relevance ?? []);
      expect(relevance.slice(1, 20).every((value) => value > 0)).toBe(true);
      expect([relevance[0], ...relevance.slice(20)]).toEqual([0, 0, 0, 0, 0]);
      const sum = relevance.reduce((a, b) => a + b, 0);
      expect(sum > 0.3 && sum < 1).toBe(true);
    }
  });
});
