import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../../src/engine/onnxruntime.js';
import { sizeOf } from '../../../src/graph/tensor.js';
import type { Evaluator } from '../../../src/perturbation/evaluator.js';
import { createFill, type FillKind } from '../../../src/perturbation/fills.js';
import { fullEvaluator } from '../../../src/perturbation/full.js';
import { incrementalEvaluator } from '../../../src/perturbation/incremental/incremental.js';
import { COST, planIncremental } from '../../../src/perturbation/incremental/plan.js';
import type { PerturbedNetwork } from '../../../src/perturbation/perturber.js';
import { type Grid, regionGrid } from '../../../src/perturbation/regions.js';
import type { Trajectory } from '../../../src/perturbation/trajectory.js';
import { randomStream } from '../../../src/random.js';
import { inception, NetworkWriter, plain, randomNetwork, residual, signal } from '../networks.js';

/** Makes the plan compute as much as possible only where something changed. */
const EVERYTHING = { ...COST, gather: 0, run: -1e15 };

interface Run {
  network: PerturbedNetwork;
  grid: Grid;
  trajectories: readonly Trajectory[];
  fill?: FillKind;
}

/** Logits of all states, one trajectory behind the other. */
async function logitsOf({ network, grid, trajectories, fill = 'uniform' }: Run, evaluator: Evaluator) {
  const { inputShape: shape } = network;
  const input = randomStream('image').uniforms(sizeOf(shape), -1, 1);
  const all = (value: number) => new Array<number>(shape.length > 1 ? (shape[0] as number) : 1).fill(value);
  const range = { low: all(-1), high: all(1), mean: all(0) };
  const filled = createFill(fill, { range, seed: 1, imageId: 'image', input, shape, grid });
  const curves = await evaluator.logits(input, trajectories, filled);
  await evaluator.release();
  return Float32Array.from(curves.flatMap((curve) => [...curve]));
}

async function full(run: Run) {
  return logitsOf(run, await fullEvaluator(onnxruntime, run.network.graph, run.grid, 16));
}

async function incremental(run: Run, options: { batch?: number; memory?: number } = {}) {
  const plan = planIncremental(run.network.graph, run.grid, EVERYTHING);
  expect(plan.tail.nodes.every(({ op }) => ['Gemm', 'Reshape', 'Relu'].includes(op))).toBe(true);
  const filled = { batch: 16, memory: 2 ** 27, ...options };
  return logitsOf(run, await incrementalEvaluator(onnxruntime, plan, run.grid, filled));
}

/** Largest difference relative to the largest logit. */
function difference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] as number))), 0) / scale;
}

function randomTrajectories(grid: Grid, count: number, steps = grid.count): Trajectory[] {
  return Array.from({ length: count }, (_, repeat) => ({
    order: randomStream('order', repeat).permutation(grid.count).slice(0, steps),
    repeat,
  }));
}

const NETWORKS = { plain, inception, residual, signal } as const;

describe.each(Object.entries(NETWORKS))('incremental inference on %s', (_, make) => {
  const network = make(1);
  const grid = regionGrid(network.inputShape.slice(1), 7);
  const run = { network, grid, trajectories: randomTrajectories(grid, 2) };

  it.each(['uniform', 'mean', 'blur'] as const)('equals full inference with fill %s', async (fill) => {
    expect(difference(await full({ ...run, fill }), await incremental({ ...run, fill }))).toBeLessThan(1e-5);
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
      const grid = regionGrid(network.inputShape.slice(1), region);
      const run = { network, grid, trajectories: randomTrajectories(grid, 2, Math.min(grid.count, 12)) };
      expect(difference(await full(run), await incremental(run))).toBeLessThan(1e-5);
    }),
    { seed: 20240601, numRuns: 60 },
  );
});

it('leaves a region that no window reads without effect', async () => {
  const net = new NetworkWriter(1, [1, 12, 12]);
  const strided = net.convRelu(net.conv(net.input, 16, { stride: 3 }), 16, { kernel: 3, pads: [1] });
  const network = net.build(net.dense(net.flatten(strided), 3));
  const grid = regionGrid([12, 12], 1);
  const run = { network, grid, trajectories: [{ order: Int32Array.of(13, 0, 14, 37), repeat: 0 }] };
  const logits = await incremental(run);
  expect(logits).toEqual(await full(run));
  expect(logits.slice(0, 3)).toEqual(logits.slice(3, 6));
  expect(logits.slice(3, 6)).not.toEqual(logits.slice(6, 9));
});
