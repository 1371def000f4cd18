import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { sizeOf } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { COST, planIncremental } from '../../src/incremental/plan.js';
import { type Spans, spansOf } from '../../src/incremental/spans.js';
import { layoutOf } from '../../src/input/layout.js';
import type { Rect, Units } from '../../src/input/units.js';
import type { Evaluator } from '../../src/perturbation/evaluator.js';
import { createFill, type FillKind } from '../../src/perturbation/fills.js';
import { fullEvaluator } from '../../src/perturbation/full.js';
import { incrementalEvaluator } from '../../src/perturbation/incremental.js';
import type { PerturbedNetwork } from '../../src/perturbation/perturber.js';
import type { Trajectory } from '../../src/perturbation/trajectory.js';
import { randomStream } from '../../src/random.js';
import { gridUnits } from '../input/regions.js';
import { inception, NetworkWriter, plain, randomNetwork, residual, signal } from './networks.js';

/** Makes the plan compute as much as possible only where something changed. */
const EVERYTHING = { ...COST, gather: 0, run: -1e15 };

interface Run {
  network: PerturbedNetwork;
  units: Units;
  trajectories: readonly Trajectory[];
  fill?: FillKind;
}

/** Logits of all states, one trajectory behind the other. */
async function logitsOf({ network, units, trajectories, fill = 'uniform' }: Run, evaluator: Evaluator) {
  const { inputShape: shape } = network;
  const input = randomStream('image').uniforms(sizeOf(shape), -1, 1);
  const all = (value: number) => new Array<number>(units.layout.channels).fill(value);
  const range = { low: all(-1), high: all(1), mean: all(0) };
  const filled = createFill(fill, { range, seed: 1, imageId: 'image', input, units });
  const curves = await evaluator.logits(input, trajectories, filled);
  await evaluator.release();
  return Float32Array.from(curves.flatMap((curve) => [...curve]));
}

async function full(run: Run) {
  return logitsOf(run, await fullEvaluator(onnxruntime, run.network.graph, 16));
}

async function incremental(run: Run, options: { batch?: number; memory?: number } = {}) {
  const spans = spansOf(run.units, layoutOf(run.network.inputShape)) as Spans;
  const plan = planIncremental(run.network.graph, spans, [1], EVERYTHING);
  expect(plan.tail.nodes.every(({ op }) => ['Gemm', 'Reshape', 'Relu'].includes(op))).toBe(true);
  const filled = { batch: 16, memory: 2 ** 27, ...options };
  return logitsOf(run, await incrementalEvaluator(onnxruntime, plan, filled));
}

/** Largest difference relative to the largest logit. */
function difference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0) / scale;
}

function randomTrajectories(units: Units, count: number, steps = units.count): Trajectory[] {
  return Array.from({ length: count }, (_, repeat) => ({
    order: randomStream('order', repeat).permutation(units.count).slice(0, steps),
    repeat,
  }));
}

const NETWORKS = { plain, inception, residual, signal } as const;

describe.each(Object.entries(NETWORKS))('incremental inference on %s', (_, make) => {
  const network = make(1);
  const units = gridUnits(network.inputShape, 7);
  const run = { network, units, trajectories: randomTrajectories(units, 2) };

  it.each(['uniform', 'mean', 'blur'] as const)('equals full inference with fill %s', async (fill) => {
    expect(difference(await full({ ...run, fill }), await incremental({ ...run, fill }))).toBeLessThan(1e-5);
  });

  it('looks at states after several units, each as if all were looked at', async () => {
    const order = randomStream('several').permutation(units.count).slice(0, 10);
    const all = await incremental({ ...run, trajectories: [{ order, repeat: 0 }] });
    const classes = all.length / 11;
    const states = (...steps: number[]) =>
      steps.flatMap((k) => [...all.subarray(k * classes, (k + 1) * classes)]);
    const trajectories: Trajectory[] = [
      { order, repeat: 0, regionsPerStep: 4 },
      { order, repeat: 0, at: [2, 3, 7] },
      { order, repeat: 0, regionsPerStep: 2, at: [1, 4] },
      { order, repeat: 0, at: [] },
    ];
    const expected = Float32Array.from([
      ...states(0, 4, 8, 10),
      ...states(0, 2, 3, 7),
      ...states(0, 2, 8),
      ...states(0),
    ]);
    for (const options of [{}, { memory: 1 }])
      expect(await incremental({ ...run, trajectories }, options)).toEqual(expected);
    expect(difference(await full({ ...run, trajectories }), expected)).toBeLessThan(1e-5);
  });

  it('gives the same numbers for any batch size and in however many passes', async () => {
    const logits = await incremental(run);
    for (const options of [{ batch: 1 }, { batch: 64 }, { memory: 300_000 }, { memory: 1 }]) {
      expect(await incremental(run, options)).toEqual(logits);
    }
  });
});

it('equals full inference on random networks, whatever the region', { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000_000), fc.integer({ min: 1, max: 20 }), async (seed, region) => {
      const network = randomNetwork(seed);
      const units = gridUnits(network.inputShape, region);
      const run = { network, units, trajectories: randomTrajectories(units, 2, Math.min(units.count, 12)) };
      expect(difference(await full(run), await incremental(run))).toBeLessThan(1e-5);
    }),
    { seed: 20240601, numRuns: 60 },
  );
});

describe('rectangles of any size, as words and superpixels have', () => {
  /** A unit a rectangle. */
  const rectangles = (shape: readonly number[], rects: readonly Rect[]): Units => ({
    layout: layoutOf(shape),
    count: rects.length,
    rectangles: (unit) => [rects[unit] as Rect],
    name: String,
  });
  const rect = (top: number, left: number, height: number, width: number) => ({ top, left, height, width });
  const words = [rect(0, 0, 1, 1), rect(0, 1, 1, 5), rect(0, 6, 1, 30), rect(0, 40, 1, 2), rect(0, 89, 1, 1)];
  const pieces = [rect(0, 0, 48, 3), rect(5, 10, 1, 1), rect(20, 20, 9, 17), rect(40, 3, 8, 45)];

  it.each([
    ['signal', signal(1), rectangles([4, 90], words)],
    ['image', residual(1), rectangles([3, 48, 48], pieces)],
  ] as const)('equals full inference on a %s', async (_, network, units) => {
    const run = { network, units, trajectories: randomTrajectories(units, 3) };
    const logits = await incremental(run);
    expect(difference(await full(run), logits)).toBeLessThan(1e-5);
    expect(await incremental(run, { memory: 1 })).toEqual(logits);
  });
});

it('leaves a region that no window reads without effect', async () => {
  const net = new NetworkWriter(1, [1, 12, 12]);
  const strided = net.convRelu(net.conv(net.input, 16, { stride: 3 }), 16, { kernel: 3, pads: [1] });
  const network = net.build(net.dense(net.flatten(strided), 3));
  const units = gridUnits([1, 12, 12], 1);
  const run = { network, units, trajectories: [{ order: Int32Array.of(13, 0, 14, 37), repeat: 0 }] };
  const logits = await incremental(run);
  expect(logits).toEqual(await full(run));
  expect(logits.slice(0, 3)).toEqual(logits.slice(3, 6));
  expect(logits.slice(3, 6)).not.toEqual(logits.slice(6, 9));
});

it('of a network with attention behind a convolutional stem: the stem, and all behind it as a whole', async () => {
  const network = await loadNetwork({ weights: 'datasets/sample/transformer.onnx' });
  const units = gridUnits(network.inputShape, 16);
  const run = { network, units, trajectories: randomTrajectories(units, 1, 5) };
  const plan = planIncremental(network.graph, spansOf(units, network.layout) as Spans, [1], EVERYTHING);
  const ops = plan.segments.flatMap(({ nodes }) => nodes.map(({ op }) => op));
  expect(ops).toEqual(['Conv', 'Relu', 'Conv', 'Relu', 'Conv', 'Relu', 'Conv']);
  const logits = await logitsOf(run, await incrementalEvaluator(onnxruntime, plan, { batch: 16, memory: 2 ** 27 })); // biome-ignore format: one line
  expect(difference(await full(run), logits)).toBeLessThan(1e-5);
});
