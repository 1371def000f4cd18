import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { readNpy } from '../../src/files/npy.js';
import { loadNetwork } from '../../src/import/network.js';
import { divisionOf } from '../../src/input/kinds.js';
import { layoutOf } from '../../src/input/layout.js';
import { abpc, aopc } from '../../src/metrics/aopc.js';
import { createFill } from '../../src/perturbation/fills.js';
import { unitOrders } from '../../src/perturbation/orders.js';
import { createPerturber } from '../../src/perturbation/perturber.js';
import { hasShared, needsShared, shared } from '../shared.js';

/** A whole run by the independent float64 implementation, with fill 0 in network-input space. */
interface GoldenRun {
  heatmap: string;
  region: number;
  grid: [number, number];
  steps: number;
  order: number[];
  morf_logits: number[];
  lerf_logits: number[];
  aopc_morf: number;
  aopc_lerf: number;
  abpc: number;
}

interface GoldenCase {
  target: number;
  perturbation?: GoldenRun;
}

const FILES: Record<string, { weights: string; prototxt?: string }> = {
  'squeezenet_v1.1': {
    weights: shared('models', 'squeezenet_v1.1', 'squeezenet_v1.1.caffemodel'),
    prototxt: shared('models', 'squeezenet_v1.1', 'deploy.prototxt'),
  },
  bvlc_googlenet: {
    weights: shared('models', 'bvlc_googlenet', 'bvlc_googlenet.caffemodel'),
    prototxt: shared('models', 'bvlc_googlenet', 'deploy.prototxt'),
  },
};

function goldenCases(): [string, string, GoldenCase, GoldenRun][] {
  if (!hasShared) return [];
  return ['index-real.json', 'index-mini.json'].flatMap((file) => {
    const index = JSON.parse(readFileSync(shared('golden', file), 'utf8')) as Record<
      string,
      Record<string, GoldenCase>
    >;
    return Object.entries(index).flatMap(([network, cases]) =>
      Object.entries(cases).flatMap(([id, golden]) =>
        golden.perturbation
          ? [[network, id, golden, golden.perturbation] as [string, string, GoldenCase, GoldenRun]]
          : [],
      ),
    );
  });
}

describe.runIf(hasShared)(`golden perturbation runs${needsShared}`, () => {
  it.each(goldenCases())('%s, image %s', async (name, id, { target }, golden) => {
    const file = (kind: string) => shared('golden', name, `${id}.${kind}.npy`);
    const network = await loadNetwork(FILES[name] ?? { weights: shared('golden', name, 'model.onnx') });
    const input = (await readNpy(file('input'))).data;
    const layout = layoutOf(network.inputShape);
    const division = divisionOf(golden.region);
    const units = division.units(layout);
    expect(division.record(new Map([[name, layout]]))).toMatchObject({ grid: { [name]: golden.grid } });

    const heatmap = (await readNpy(file(golden.heatmap))).data;
    const { places } = layout;
    const summed = Float64Array.from({ length: places }, (_, p) => {
      let sum = 0;
      for (let at = p; at < heatmap.length; at += places) sum += heatmap[at] as number;
      return sum;
    });
    const orderOf = unitOrders(summed, units);
    const key = { seed: 1, imageId: id, repeat: 0 };
    const [morf, lerf] = (['morf', 'lerf'] as const).map((kind) => orderOf(kind, golden.steps, key));
    expect([...(morf as Int32Array)]).toEqual(golden.order);

    const zeros = new Array<number>(layout.channels).fill(0);
    const range = { low: zeros, high: zeros, mean: zeros };
    const fill = createFill('mean', { range, seed: 1, imageId: id, input, units });
    for (const inference of ['full', 'incremental'] as const) {
      if (inference === 'full' && name in FILES) continue; // minutes for real networks; the mini ones compare both
      const perturber = await createPerturber(onnxruntime, network, { units, inference });
      const trajectories = [morf, lerf].map((order) => ({ order: order as Int32Array, repeat: 0 }));
      const curves = await perturber.logits(input, trajectories, fill);
      await perturber.release();
      const [morfScores, lerfScores] = curves.map((curve) =>
        curve.filter((_, i) => i % network.classes === target),
      ) as [Float32Array, Float32Array];
      expect(farthest(morfScores, golden.morf_logits)).toBeLessThan(1e-3);
      expect(farthest(lerfScores, golden.lerf_logits)).toBeLessThan(1e-3);
      expect(Math.abs((aopc(morfScores) as number) - golden.aopc_morf)).toBeLessThan(1e-3);
      expect(Math.abs((aopc(lerfScores) as number) - golden.aopc_lerf)).toBeLessThan(1e-3);
      expect(Math.abs((abpc(morfScores, lerfScores) as number) - golden.abpc)).toBeLessThan(1e-3);
    }
  });
});

function farthest(a: Float32Array, b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}
