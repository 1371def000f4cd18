import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  boxMetrics,
  type Classifier,
  createExplainer,
  explain,
  exportExplanation,
  loadNetwork,
  openDataset,
  outsideInside,
  perturb,
  placeBox,
  prepareImage,
  readNpy,
} from '../../src/index.js';
import { builtHere } from '../cli/heatproof.js';
import { relativeError } from '../explain/networks.js';

const SAMPLE = resolve('datasets/sample');
const folder = mkdtempSync(join(tmpdir(), 'heatproof-library-'));
afterAll(() => rmSync(folder, { recursive: true }));

const openSample = () =>
  openDataset({ type: 'voc', root: join(SAMPLE, 'VOCdevkit'), labels: join(SAMPLE, 'classes.txt') });

let network: Classifier;
beforeAll(async () => {
  network = await loadNetwork(join(SAMPLE, 'network.yaml'));
});

async function firstImage() {
  const dataset = await openSample();
  const [sample] = dataset.samples;
  if (!sample) throw new Error('the sample is empty');
  return { dataset, sample, ...(await prepareImage(network, sample.path)) };
}

describe('the library gives the numbers of the command line', () => {
  const perturbation = { region: 16, steps: 12, repeats: 2, seed: 3 } as const;

  it('curves, AOPC and outside-inside ratio of a run', async () => {
    const config = {
      name: 'library',
      model: join(SAMPLE, 'network.yaml'),
      dataset: {
        type: 'voc',
        root: join(SAMPLE, 'VOCdevkit'),
        labels: join(SAMPLE, 'classes.txt'),
        limit: 1,
      },
      methods: ['lrp-alpha2-beta1', 'random'],
      perturbation,
      boxes: { metrics: ['outside-inside', 'rank-accuracy'] },
    };
    writeFileSync(join(folder, 'run.yaml'), JSON.stringify(config));
    const out = join(folder, 'run');
    const run = await builtHere(['run', join(folder, 'run.yaml'), '--out', out, '--quiet', '--workers', '1']);
    expect(run.stderr).toBe('');
    const [line = ''] = readFileSync(join(out, 'journal.jsonl'), 'utf8').split('\n');
    const { unit } = JSON.parse(line);
    const records = unit.explanations;
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));

    const dataset = await openSample();
    const sample = dataset.samples.find(({ id }) => id === unit.image);
    if (!sample) throw new Error(`no sample ${unit.image}`);
    const { input, placement } = await prepareImage(network, sample.path);
    const { heatmap, target } = await explain(network, input, { method: 'lrp-alpha2-beta1', id: sample.id });
    const result = await perturb(network, input, heatmap, { ...perturbation, id: sample.id });

    const record = records.find((one: { method: string }) => one.method === 'lrp-alpha2-beta1');
    expect(network.labels[target]).toBe(record.class);
    expect(result.target).toBe(target);
    for (const order of ['morf', 'lerf'] as const) {
      result.curves[order]?.forEach((curve, repeat) => {
        expect(relativeError(curve, record.curves[order][repeat])).toBeLessThan(1e-6);
      });
    }
    const row = summary.methods.find((one: { method: string }) => one.method === 'lrp-alpha2-beta1');
    for (const metric of ['aopc_morf', 'aopc_lerf', 'abpc', 'aopc_morf_vs_random']) {
      expect(result.metrics[metric], metric).toBeCloseTo(row.metrics[metric].value, 5);
    }
    const boxes = (await dataset.boxes(sample)).flatMap((box) => placeBox(box, placement) ?? []);
    expect(outsideInside(heatmap, boxes)).toBeCloseTo(record.boxes.outside_inside, 6);
    expect(boxMetrics(heatmap, boxes)['rank-accuracy']).toBeCloseTo(record.boxes.rank_accuracy, 6);
  });

  it('relevance, logits and conservation of explain', async () => {
    const { sample, input } = await firstImage();
    const methods = ['lrp-alpha2-beta1', 'sensitivity-l2'];
    const out = join(folder, 'explained');
    const options = ['--model', join(SAMPLE, 'network.yaml'), '--method', methods.join(), '--out', out];
    const { stdout } = await builtHere(['explain', sample.path, ...options, '--check']);

    const explainer = await createExplainer(network, methods);
    const logits = await explainer.classify(input);
    const explanations = await explainer.explain(input, { id: sample.id });
    const balances = await explainer.checkConservation(input, { id: sample.id });
    await explainer.release();
    for (const { method, target, start, relevance, channels } of explanations) {
      const stem = join(out, `${sample.id}.${method}`);
      expect(readNpy(`${stem}.npy`)).toEqual({ shape: [channels, 128, 128], data: relevance });
      const facts = JSON.parse(readFileSync(`${stem}.json`, 'utf8'));
      expect(facts).toMatchObject({ method, target, start, logit: logits[target] });
    }
    expect(explanations.map(({ start }) => start)).toEqual(['logit', 'one']);
    expect([...balances.keys()]).toEqual(['lrp-alpha2-beta1']);
    const end = balances.get('lrp-alpha2-beta1')?.end as number;
    expect(stdout).toContain(`at the input ${end.toPrecision(5)}`);
  });
});

describe('explanations', () => {
  it('share one form for signed relevance and pooled sensitivity', async () => {
    const { input } = await firstImage();
    const explainer = await createExplainer(network, ['lrp-zplus', 'sensitivity-l2']);
    const [relevance, sensitivity] = await explainer.explain(input, { target: 2 });
    await explainer.release();
    expect(relevance).toMatchObject({ method: 'lrp-zplus', target: 2, channels: 3 });
    expect(relevance?.relevance).toHaveLength(3 * 128 * 128);
    expect(relevance?.heatmap).toMatchObject({ rows: 128, columns: 128, signed: true });
    expect(sensitivity).toMatchObject({ target: 2, channels: 1, heatmap: { signed: false } });
    const sum = relevance?.heatmap.values.reduce((total, value) => total + value, 0) as number;
    expect(sum).toBeCloseTo(relevance?.relevance.reduce((total, value) => total + value, 0) as number, 3);
  });

  it('explain the predicted class unless told otherwise', async () => {
    const { input } = await firstImage();
    const { target, logits } = await explain(network, input, { method: 'gradient' });
    expect(logits[target]).toBe(Math.max(...logits));
  });

  it('are saved as a model that plain onnxruntime runs', async () => {
    const { input } = await firstImage();
    const { relevance, target } = await explain(network, input, { method: 'epsilon-gamma-box' });
    const session = await ort.InferenceSession.create(exportExplanation(network, 'epsilon-gamma-box'));
    const outputs = await session.run({
      input: new ort.Tensor('float32', input, [1, ...network.inputShape]),
      target: new ort.Tensor('int64', BigInt64Array.of(BigInt(target)), [1]),
    });
    expect(relativeError(outputs.relevance?.data as Float32Array, relevance)).toBeLessThan(1e-6);
    await session.release();
  });
});

describe('networks', () => {
  it('are read from a file alone, without labels and preprocessing', async () => {
    const bare = await loadNetwork(join(SAMPLE, 'network.onnx'));
    expect(bare).toMatchObject({ name: 'network', inputShape: [3, 128, 128], classes: 10 });
    expect(bare.labels).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    await expect(prepareImage(bare, 'image.jpg')).rejects.toThrow(
      "network network: expected 'preprocessing' to take images, got none",
    );
  });

  it('are described as in a descriptor file', async () => {
    const described = await loadNetwork({
      name: 'mine',
      weights: join(SAMPLE, 'network.onnx'),
      preprocessing: { mean: 127.5, std: 64 },
      labels: join(SAMPLE, 'classes.txt'),
    });
    expect(described.labels).toEqual(network.labels);
    expect(described.hash).toBe(network.hash);
    expect(described.preprocessing).toMatchObject({ channels: 'rgb', scale: 1, mean: [127.5, 127.5, 127.5] });
  });
});

describe('wrong use is one clear line', () => {
  const zeros = new Float32Array(3 * 128 * 128);
  const heatmap = { values: new Float32Array(128 * 128) };

  it.each([
    [
      'a misspelt method',
      () => explain(network, zeros, { method: 'lrp-zplu' }),
      /unknown method 'lrp-zplu' \(did you mean 'lrp-zplus'\?\)/,
    ],
    [
      'a short input',
      () => explain(network, zeros.slice(1), { method: 'gradient' }),
      /^network input \(network sample\): expected 49152 numbers \(\[3,128,128\]\), got 49151$/,
    ],
    [
      'no such class',
      () => explain(network, zeros, { method: 'gradient', target: 10 }),
      /^target \(input\): expected a class of 0\.\.9, got 10$/,
    ],
    [
      'no such class to follow',
      () => perturb(network, zeros, heatmap, { target: -1 }),
      /^target \(network sample\): expected a class of 0\.\.9, got -1$/,
    ],
    [
      'too many steps',
      () => perturb(network, zeros, heatmap, { region: 64, steps: 5 }),
      /^perturbation\.steps \(network sample\): expected at most 4: 4 regions of 64/,
    ],
    [
      'a misspelt option',
      () => perturb(network, zeros, heatmap, { regoin: 9 } as object),
      /unknown key 'regoin'/,
    ],
    [
      'a heatmap of another size',
      () => perturb(network, zeros, { values: zeros }),
      /^heatmap \(ranking of regions\): expected 128 x 128/,
    ],
    [
      'a misspelt key of a descriptor',
      () => loadNetwork({ weights: 'a.onnx', lables: 'voc' } as never),
      /unknown key 'lables'.*did you mean 'labels'/,
    ],
    [
      'a data set that is not there',
      () => openDataset({ type: 'folder', root: '/nowhere' }),
      /^data set: \/nowhere is not a folder$/,
    ],
  ])('%s', async (_, use, message) => {
    // biome-ignore format: table
    await expect(use()).rejects.toThrow(message);
    await expect(use()).rejects.toMatchObject({ name: 'InputError' });
  });
});
