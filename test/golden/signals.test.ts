import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import type { ExplainOptions } from '../../src/explain/request.js';
import { readNpy } from '../../src/files/npy.js';
import { loadNetwork, type Network } from '../../src/import/network.js';
import { divisionOf } from '../../src/input/kinds.js';
import { channelRows } from '../../src/input/layout.js';
import { ownRange } from '../../src/input/range.js';
import { createFill } from '../../src/perturbation/fills.js';
import { unitOrders } from '../../src/perturbation/orders.js';
import { createPerturber } from '../../src/perturbation/perturber.js';
import { relativeError } from '../explain/networks.js';
import { hasShared, needsShared, shared } from '../shared.js';

const lines = (path: string) => readFileSync(path, 'utf8').trim().split('\n');

/** A network whose input's channels are told apart. */
async function signalNetwork(weights: string): Promise<Network> {
  const network = await loadNetwork({ weights });
  return { ...network, layout: channelRows(network.inputShape) };
}

/** The rows of an array of several samples. */
function rowsOf(path: string): Float32Array[] {
  const { shape, data } = readNpy(path);
  const size = data.length / (shape[0] as number);
  return Array.from({ length: shape[0] as number }, (_, row) => data.subarray(row * size, (row + 1) * size));
}

/** A denominator that is near 0 in float32, numpy's as well: relevance of this sample is known to 9e-4 only. */
const isDelicate = (network: string, row: number) => network === 'four-5' && row === 0;

interface Explainable {
  readonly inputs: readonly Float32Array[];
  readonly targets: readonly number[];
}

interface Samples extends Explainable {
  readonly ids: readonly string[];
}

/** Relevance of every input by a method, and the logits. */
async function explained(
  network: Network,
  method: string,
  { inputs, targets }: Explainable,
  options: ExplainOptions = {},
) {
  const set = await createExplainers(onnxruntime, network, [method], { batch: 16, ...options });
  const requests = inputs.map((input, i) => ({ id: String(i), input, target: targets[i] as number }));
  const found = (await set.explain(requests))[0] ?? [];
  await set.release();
  return found.map((one) => ({
    relevance: one?.relevance ?? new Float32Array(0),
    logits: [...(one?.logits ?? [])],
  }));
}

describe.skipIf(!hasShared)(`EEG of motor imagery${needsShared}`, () => {
  const eeg = (...parts: string[]) => shared('signals', 'eeg', ...parts);

  describe.each(['four-0', 'four-5'])('%s', (name) => {
    const golden = (kind: string) => eeg('golden', `${name}.${kind}`);
    const samples = (): Samples => {
      const ids = lines(golden('ids.txt'));
      return {
        ids,
        inputs: ids.map((id) => readNpy(eeg('trials', `${id}.npy`)).data),
        targets: [...readNpy(golden('targets.npy')).data],
      };
    };

    it.each(['gradient', 'gradient-x-input', 'lrp-epsilon-1e-6'])('%s', async (method) => {
      const network = await signalNetwork(eeg(`${name}.onnx`));
      const found = await explained(network, method, samples());
      for (const [row, wanted] of rowsOf(golden(`${method}.npy`)).entries()) {
        const tolerance = method.startsWith('lrp') && isDelicate(name, row) ? 2e-3 : 1e-4;
        expect(relativeError(found[row]?.relevance ?? [], wanted), `row ${row}`).toBeLessThan(tolerance);
        const logits = rowsOf(golden('logits.npy'))[row] as Float32Array;
        for (const [k, logit] of logits.entries()) expect(found[row]?.logits[k]).toBeCloseTo(logit, 4);
      }
    });

    it.each(['lrp-epsilon-1e-6', 'gradient-x-input', 'sensitivity-square'])(
      'curves of %s: one channel and 80 moments a unit, replaced by zero',
      async (method) => {
        const network = await signalNetwork(eeg(`${name}.onnx`));
        const { layout } = network;
        const units = divisionOf([1, 80]).units(layout);
        const { ids, inputs, targets } = samples();
        const maps = await explained(network, method, { inputs, targets });
        const perturber = await createPerturber(onnxruntime, network, { units });
        for (const [row, input] of inputs.entries()) {
          const exact = method === 'lrp-epsilon-1e-6' && isDelicate(name, row);
          const map = exact ? rowsOf(golden(`${method}.npy`))[row] : maps[row]?.relevance;
          const orderOf = unitOrders(map ?? [], units);
          const kinds = ['morf', 'lerf'] as const;
          const key = { seed: 1, imageId: ids[row] as string, repeat: 0 };
          const trajectories = kinds.map((kind) => ({ order: orderOf(kind, 100, key), repeat: 0 }));
          const fill = createFill('zero', { ...key, range: ownRange(input, layout), input, units });
          const logits = await perturber.logits(input, trajectories, fill);
          for (const [k, kind] of kinds.entries()) {
            const wanted = rowsOf(golden(`${method}.${kind}.npy`))[row] as Float32Array;
            const own = logits[k] as Float32Array;
            const worst = wanted.reduce(
              (most, score, step) =>
                Math.max(most, Math.abs(score - (own[step * 4 + (targets[row] as number)] as number))),
              0,
            );
            expect(worst, `${kind} of row ${row}`).toBeLessThan(1e-4);
          }
        }
        await perturber.release();
      },
    );
  });
});

describe.skipIf(!hasShared)(`gait${needsShared}`, () => {
  const EPSILON = { match: { op: ['Conv', 'Gemm', 'MatMul'] }, rule: 'epsilon-1e-5' };
  const first = (rule: string, stabiliser?: number) => ({
    match: { op: ['Conv', 'Gemm', 'MatMul'], position: 'first' as const },
    rule,
    ...(stabiliser !== undefined && { stabiliser }),
  });
  const composites = {
    epsilon: [EPSILON],
    zb: [first('zbox', 1e-16), EPSILON],
    flat: [first('flat'), EPSILON],
    'alpha2-flat': [first('flat'), { match: { op: 'Conv' }, rule: 'alpha2-beta1' }, EPSILON],
  };
  /** By golden file: the method, the class (true or predicted), the tolerance over the file. */
  const GOLDENS = [
    ...['svm', 'linear', 'cnn'].flatMap((model) => [
      { model, file: 'act_epsilon', method: 'epsilon', tolerance: 1e-4 },
      { model, file: 'dom_epsilon', method: 'epsilon', tolerance: 1e-4 },
      // In float32 the weights alone cost the network 5e-4: tight boxes, denominators near 0.
      { model, file: 'act_epsilon_zb', method: 'zb', tolerance: model === 'cnn' ? 2e-3 : 1e-4 },
      { model, file: 'act_epsilon_zb01', method: 'zb', tolerance: 1e-4 },
    ]),
    { model: 'cnn', file: 'act_epsilon_flat', method: 'flat', tolerance: 1e-4 },
    { model: 'cnn', file: 'act_composite_alpha2_flat', method: 'alpha2-flat', tolerance: 1e-4 },
  ];

  it.each(['fold0', 'fold1'].flatMap((fold) => GOLDENS.map((golden) => ({ fold, ...golden }))))(
    '$fold: $file of $model',
    async ({ fold, model, file, method, tolerance }) => {
      const gait = (name: string) => shared('signals', 'gait', fold, name);
      const network = await signalNetwork(gait(`${model}.onnx`));
      const logits = rowsOf(gait(`${model}.logits.npy`));
      const classes = lines(shared('signals', 'gait', 'classes.txt'));
      const labels = lines(gait('rows.csv'))
        .slice(1)
        .map((line) => classes.indexOf(line.split(',')[2] as string));
      const predicted = logits.map((row) => row.indexOf(Math.max(...row)));
      const targets = file.startsWith('act') ? labels : predicted;
      const box = file.endsWith('01')
        ? { low: [0], high: [1] }
        : { low: [...readNpy(gait('low.npy')).data], high: [...readNpy(gait('high.npy')).data] };
      const options = { composites, ...(method === 'zb' && box) };
      const found = await explained(network, method, { inputs: rowsOf(gait('x.npy')), targets }, options);
      const wanted = readNpy(gait(`${model}.${file}.npy`)).data;
      const all = Float32Array.from(found.flatMap(({ relevance }) => [...relevance]));
      expect(relativeError(all, wanted)).toBeLessThan(tolerance);
      for (const [row, { logits: own }] of found.entries())
        for (const [k, logit] of own.entries()) expect(logit).toBeCloseTo(logits[row]?.[k] as number, 4);
    },
  );
});
