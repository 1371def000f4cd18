import { existsSync, readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { takenInAll } from '../../src/explain/conservation.js';
import { createConservationCheck } from '../../src/explain/conservation-check.js';
import { createExplainers, type Explained } from '../../src/explain/explainer.js';
import { exportExplanation } from '../../src/explain/export.js';
import { sumOverChannels } from '../../src/explain/heatmap.js';
import { readNpy } from '../../src/files/npy.js';
import { loadNetwork } from '../../src/import/network.js';
import { divisionOf } from '../../src/input/kinds.js';
import { unitRelevance } from '../../src/input/units.js';
import { embedWords } from '../../src/library/words.js';
import { createFill } from '../../src/perturbation/fills.js';
import { createPerturber } from '../../src/perturbation/perturber.js';
import { randomStream } from '../../src/random.js';
import { relativeError } from '../explain/networks.js';
import { gridUnits } from '../input/regions.js';
import { hasShared, needsShared, shared } from '../shared.js';

interface Case {
  target: number;
  logit: number;
  methods: Record<string, { sum: number; strict?: number; tolerance: number }>;
}

interface Index {
  nets: Record<
    string,
    { inputs: Record<string, unknown>; models: Record<string, { file: string }>; cases: Record<string, Case> }
  >;
}

const index: Index = hasShared
  ? JSON.parse(readFileSync(shared('golden-transformers', 'index.json'), 'utf8'))
  : { nets: {} };

/** The methods that are compiled without stabilisers, and derivatives. */
const METHODS = ['attnlrp', 'attnlrp-gamma', 'cp-lrp', 'cp-lrp-gamma', 'gradient', 'gradient-x-input'];

/** Networks of one float input; every file of one network is the same function. */
const FILES = Object.entries(index.nets)
  .filter(([, { inputs }]) => 'input' in inputs)
  .flatMap(([net, { models, cases }]) => Object.values(models).map(({ file }) => ({ net, file, cases })));

/** Networks of words. */
const WORD_FILES = Object.entries(index.nets)
  .filter(([, { inputs }]) => 'input_ids' in inputs)
  .flatMap(([net, { inputs, models, cases }]) =>
    Object.values(models).map(({ file }) => ({ net, file, inputs, cases })),
  );

/** [channels, words] as [words, channels] */
function byWord(numbers: Float32Array, words: number): Float32Array {
  const channels = numbers.length / words;
  return Float32Array.from(
    numbers,
    (_, i) => numbers[(i % channels) * words + Math.floor(i / channels)] as number,
  );
}

describe.skipIf(!hasShared)(`golden explanations of transformers${needsShared}`, () => {
  it.each(WORD_FILES)('$net $file, explained at the embeddings', async ({ net, file, inputs, cases }) => {
    const golden = (name: string) => readNpy(shared('golden-transformers', net, name)).data;
    const [, words] = inputs.input_ids as [string, number];
    const network = await loadNetwork({
      weights: shared('golden-transformers', net, file),
      inputShape: [words],
    });
    const set = await createExplainers(onnxruntime, network, METHODS, { batch: 2 });
    const requests = Object.entries(cases).map(([id, { target }]) => {
      const numbers = Object.keys(inputs).map((name) => [name, golden(`${id}.${name}.npy`)]);
      return { id, target, ...embedWords(network, Object.fromEntries(numbers)) };
    });
    const results = await set.explain(requests);
    await set.release();
    requests.forEach(({ id }, r) => {
      METHODS.forEach((method, m) => {
        const explained = (results[m] as Explained[])[r] as Explained;
        const { methods } = cases[id] as Case;
        const name = `${method}.limit` in methods ? `${method}.limit` : method;
        const { strict, tolerance } = methods[name] as Case['methods'][string];
        const perWord =
          method === 'gradient' ? byWord(explained.relevance, words) : sumOverChannels(explained);
        expect(relativeError(perWord, golden(`${id}.${name}.npy`)), `${id}.${name}`).toBeLessThan(
          strict ?? tolerance,
        );
        expect(relativeError(explained.logits, golden(`${id}.logits.npy`))).toBeLessThan(1e-5);
      });
    });
  });

  it.each(FILES)('$net $file', async ({ net, file, cases }) => {
    const golden = (name: string) => readNpy(shared('golden-transformers', net, name)).data;
    const network = await loadNetwork({ weights: shared('golden-transformers', net, file) });
    const set = await createExplainers(onnxruntime, network, METHODS, { batch: 2 });
    const requests = Object.entries(cases).map(([id, { target }]) => ({
      id,
      target,
      input: golden(`${id}.input.npy`),
    }));
    const results = await set.explain(requests);
    const explained = (method: number, request: number) =>
      (results[method] as Explained[])[request] as Explained;
    await set.release();
    requests.forEach(({ id }, r) => {
      const logits = golden(`${id}.logits.npy`);
      expect(relativeError(explained(0, r).logits, logits)).toBeLessThan(1e-5);
      METHODS.forEach((method, m) => {
        const { relevance } = explained(m, r);
        const limit = `${method}.limit`;
        const isLimit = existsSync(shared('golden-transformers', net, `${id}.${limit}.npy`));
        const name = isLimit ? limit : method;
        const { strict, tolerance } = (cases[id] as Case).methods[name] as Case['methods'][string];
        const error = relativeError(relevance, golden(`${id}.${name}.npy`));
        expect(error, `${id}.${name}`).toBeLessThan(strict ?? tolerance);
      });
    });
  });

  it.each(
    FILES.flatMap((file) =>
      ['attention-rollout', 'chefer-generic'].flatMap((method) =>
        method in (file.cases.x0 as Case).methods ? [{ ...file, method }] : [],
      ),
    ),
  )('$net $file $method, a number a patch', async ({ net, file, cases, method }) => {
    const golden = (name: string) => readNpy(shared('golden-transformers', net, name)).data;
    const network = await loadNetwork({ weights: shared('golden-transformers', net, file) });
    const set = await createExplainers(onnxruntime, network, [method], { batch: 2 });
    const requests = Object.entries(cases).map(([id, { target }]) => ({
      id,
      target,
      input: golden(`${id}.input.npy`),
    }));
    const [results = []] = await set.explain(requests);
    await set.release();
    const units = divisionOf('patch').units(network.layout);
    for (const [r, { id }] of requests.entries()) {
      const numbers = unitRelevance((results[r] as Explained).relevance, units);
      const { tolerance } = (cases[id] as Case).methods[method] as Case['methods'][string];
      expect(relativeError(numbers, golden(`${id}.${method}.npy`))).toBeLessThan(tolerance);
    }
  });

  it.each(['vit-tiny', 'swin-mini', 'gated-cnn'])(
    '%s: integrated gradients sum to what the logit gained, occlusion is what it loses',
    async (net) => {
      const network = await loadNetwork({
        weights: shared('golden-transformers', net, 'model-opset17.onnx'),
      });
      const { target } = (index.nets[net] as Index['nets'][string]).cases.x0 as Case;
      const input = readNpy(shared('golden-transformers', net, 'x0.input.npy')).data;
      const { channels, places, columns } = network.layout;
      const own = {
        ig: { id: 'integrated-gradients', steps: 200 },
        windows: { id: 'occlusion', window: 8, stride: 8 },
      };
      const set = await createExplainers(onnxruntime, network, ['ig', 'windows', 'gradient'], {
        composites: own,
      });
      const without = input.slice();
      for (let c = 0; c < channels; c++)
        for (let y = 8; y < 16; y++)
          without.fill(0, c * places + y * columns + 8, c * places + y * columns + 16);
      const asked = [input, input.map(() => 0), without].map((one, i) => ({
        id: `${i}`,
        target,
        input: one,
      }));
      const [[gained] = [], [occluded] = [], plain = []] = await set.explain(asked);
      await set.release();
      const [all = 0, none = 0, less = 0] = plain.map((one) => one?.logits[target] as number);
      const sum = gained?.relevance.reduce((total, value) => total + value, 0) as number;
      expect(Math.abs(sum - (all - none))).toBeLessThan(0.01 * Math.abs(all - none));
      const drop = occluded?.relevance[9 * columns + 9] as number;
      expect(Math.abs(drop - (all - less))).toBeLessThan(1e-4);
    },
  );

  it('raw attention is twice the rollout of one block, whose rows are (A + I) / 2', async () => {
    const net = 'mnist-vit-371';
    const golden = (name: string) => readNpy(shared('golden-transformers', net, name)).data;
    const network = await loadNetwork({ weights: shared('golden-transformers', net, 'model-opset17.onnx') });
    const set = await createExplainers(onnxruntime, network, ['raw-attention']);
    const [[explained] = []] = await set.explain([{ id: '', target: 0, input: golden('x0.input.npy') }]);
    await set.release();
    const numbers = unitRelevance(explained?.relevance ?? [], divisionOf('patch').units(network.layout));
    const twice = golden('x0.attention-rollout.npy').map((value) => 2 * value);
    expect(relativeError(numbers, twice)).toBeLessThan(1e-5);
  });

  it.each([
    ['gated-cnn', 'it has no attention (a softmax over tokens that weighs others)'],
    ['mha-torch', 'its tokens are neither patches of an image nor words'],
    ['swin-mini', 'not every attention is over all patches (windows, or patches that are merged)'],
    ['vit-gap', 'its logits are read off all tokens, not off a class token'],
    ['cct-mini', 'its logits are read off all tokens, not off a class token'],
  ])('attention methods refuse %s, whose patches would get nothing', async (net, reason) => {
    const network = await loadNetwork({ weights: shared('golden-transformers', net, 'model-opset17.onnx') });
    await expect(createExplainers(onnxruntime, network, ['attention-rollout'])).rejects.toThrow(
      `network 'model-opset17': attention methods give its patches no relevance: ${reason}`,
    );
  });

  it('SmoothGrad is the mean of its gradients at noisy copies', async () => {
    const network = await loadNetwork({ weights: shared('golden-transformers', 'vit-tiny', 'model-opset17.onnx') }); // biome-ignore format: one line
    const input = readNpy(shared('golden-transformers', 'vit-tiny', 'x0.input.npy')).data as Float32Array;
    const own = { noisy: { id: 'smoothgrad', samples: 3, noise: 0.2 } };
    const set = await createExplainers(onnxruntime, network, ['noisy', 'gradient'], { composites: own, seed: 5 }); // biome-ignore format: one line
    const range = Math.max(...input) - Math.min(...input);
    const copies = [0, 1, 2].map((copy) => {
      const noise = randomStream(5, 'smoothgrad', 'x0', copy);
      return input.map((x, i) => x + 0.2 * range * noise.normal(i));
    });
    const asked = [input, ...copies].map((one, i) => ({
      id: i === 0 ? 'x0' : `${i}`,
      target: 0,
      input: one,
    }));
    const [[noisy] = [], [, ...gradients] = []] = await set.explain(asked);
    await set.release();
    const mean = input.map((_, i) => gradients.reduce((sum, one) => sum + (one?.relevance[i] as number) / 3, 0)); // biome-ignore format: one line
    expect(relativeError(noisy?.relevance ?? [], mean)).toBeLessThan(1e-6);
  });

  it('perturbed in full and where something changed before the first attention alike', async () => {
    const network = await loadNetwork({
      weights: shared('golden-transformers', 'vit-tiny', 'model-opset17.onnx'),
    });
    const input = readNpy(shared('golden-transformers', 'vit-tiny', 'x0.input.npy')).data;
    const units = gridUnits(network.inputShape, 8);
    const all = (value: number) => new Array<number>(units.layout.channels).fill(value);
    const range = { low: all(-1), high: all(1), mean: all(0) };
    const order = randomStream('order').permutation(units.count).slice(0, 6);
    const logitsOf = async (inference: 'full' | 'incremental') => {
      const perturber = await createPerturber(onnxruntime, network, { units, inference });
      expect(perturber.plan.segments).toEqual(inference === 'full' ? [] : [['/patch/Conv']]);
      const fill = createFill('uniform', { range, seed: 1, imageId: 'x0', input, units });
      const curves = await perturber.logits(input, [{ order, repeat: 0 }], fill);
      await perturber.release();
      return Float32Array.from(curves.flatMap((curve) => [...curve]));
    };
    expect(relativeError(await logitsOf('incremental'), await logitsOf('full'))).toBeLessThan(1e-5);
  });

  it.each(['vit-tiny', 'gated-cnn'])(
    '%s: the saved model and the sums at its layers say the same',
    async (net) => {
      const { cases } = index.nets[net] as Index['nets'][string];
      const { target, methods } = cases.x0 as Case;
      const input = readNpy(shared('golden-transformers', net, 'x0.input.npy')).data;
      const network = await loadNetwork({
        weights: shared('golden-transformers', net, 'model-opset17.onnx'),
      });
      const saved = await ort.InferenceSession.create(exportExplanation(network, 'attnlrp'));
      const { relevance } = await saved.run({
        input: new ort.Tensor('float32', input, [1, ...network.inputShape]),
        target: new ort.Tensor('int64', BigInt64Array.of(BigInt(target)), [1]),
      });
      await saved.release();
      const expected = readNpy(shared('golden-transformers', net, 'x0.attnlrp.limit.npy')).data;
      expect(relativeError(relevance?.data as Float32Array, expected)).toBeLessThan(1e-5);
      const check = await createConservationCheck(onnxruntime, network, 'attnlrp');
      const [found] = await check.check([{ id: 'x0', input, target }]);
      await check.release();
      expect(found?.start).toBeCloseTo((cases.x0 as Case).logit, 4);
      expect(found?.end).toBeCloseTo((methods['attnlrp.limit'] as { sum: number }).sum, 4);
      const taken = takenInAll(found?.layers ?? []);
      const sum = taken.reduce((total, { relevance }) => total + relevance, 0);
      expect(sum).toBeCloseTo((found?.start as number) - (found?.end as number), 4);
      const told = taken.filter(({ relevance }) => Math.abs(relevance) > 1e-4).map(({ by }) => by);
      const norms = ['class token', 'positions', 'shift of the norm', 'softmax, in Taylor form'];
      const gates = ['gate, in Taylor form'];
      expect(told.sort()).toEqual(['bias', ...(net === 'vit-tiny' ? norms : gates)]);
    },
  );
});
