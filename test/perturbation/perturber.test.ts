import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { createFill, type Fill, type FillKind } from '../../src/perturbation/fills.js';
import { rankRegions, regionOrder } from '../../src/perturbation/orders.js';
import { createPerturber, type PerturbedNetwork } from '../../src/perturbation/perturber.js';
import { type Grid, regionGrid, regionRect } from '../../src/perturbation/regions.js';
import type { Trajectory } from '../../src/perturbation/trajectory.js';
import { randomStream } from '../../src/random.js';
import { inception, perceptron, plain, residual, signal } from './networks.js';

function imageOf({ inputShape }: PerturbedNetwork): Float32Array {
  return randomStream('image').uniforms(sizeOf(inputShape), -1, 1);
}

function fillOf(kind: FillKind, network: PerturbedNetwork, grid: Grid): Fill {
  const channels = network.inputShape.length > 1 ? (network.inputShape[0] as number) : 1;
  const all = (value: number) => new Array<number>(channels).fill(value);
  return createFill(kind, {
    range: { low: all(-1), high: all(1), mean: all(0) },
    seed: 3,
    imageId: 'image',
    input: imageOf(network),
    shape: network.inputShape,
    grid,
  });
}

function spatialOf({ inputShape }: PerturbedNetwork): readonly number[] {
  return inputShape.length > 1 ? inputShape.slice(1) : inputShape;
}

/** Three orders, two repeats, of different lengths. */
function trajectoriesOf(grid: Grid): Trajectory[] {
  const ranking = rankRegions(randomStream('relevance').uniforms(grid.count));
  return (['morf', 'lerf', 'random'] as const).map((kind, i) => ({
    order: regionOrder(kind, ranking, Math.min(grid.count, 6 + i), { seed: 3, imageId: 'image', repeat: i }),
    repeat: i % 2,
  }));
}

/** One image through the network, beside itself: the engine adds in another order when a batch has one row. */
async function logitsOf(session: Session, { inputShape }: PerturbedNetwork, image: Float32Array) {
  const outputs = await session.run({ input: floatTensor([2, ...inputShape], [...image, ...image]) });
  const { data } = Object.values(outputs)[0] as FloatTensor;
  return data.slice(0, data.length / 2);
}

/** The definition, without any cleverness: replace a region, run the image alone, read the logits. */
async function naiveLogits(
  network: PerturbedNetwork,
  grid: Grid,
  { order, repeat }: Trajectory,
  patch: (repeat: number, region: number) => Float32Array,
) {
  const session = await onnxruntime.load(network.graph);
  const state = imageOf(network);
  const curve: number[] = [];
  const run = async () => {
    curve.push(...(await logitsOf(session, network, state)));
  };
  await run();
  for (const region of order) {
    const { top, left, height, width } = regionRect(grid, region);
    const values = patch(repeat, region);
    for (let i = 0; i < values.length; i++) {
      const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      state[(c * grid.height + top + y) * grid.width + left + x] = values[i] as number;
    }
    await run();
  }
  await session.release();
  return Float32Array.from(curve);
}

describe('choice of inference', () => {
  const planOf = async (network: PerturbedNetwork, grid: Grid, inference?: 'full' | 'incremental') => {
    const perturber = await createPerturber(onnxruntime, network, { grid, ...(inference && { inference }) });
    await perturber.release();
    return perturber.plan;
  };

  it('is full where nothing is local', async () => {
    expect(await planOf(perceptron(1), regionGrid([30], 1))).toMatchObject({
      inference: 'full',
      segments: [],
    });
  });

  it('is incremental where that should be faster, and says what is computed as a whole', async () => {
    const network = inception(1, [3, 224, 224]);
    const plan = await planOf(network, regionGrid([224, 224], 9));
    expect(plan.inference).toBe('incremental');
    expect(plan.estimatedSpeedup).toBeGreaterThan(3);
    const names = [...plan.segments.flat(), ...plan.whole];
    expect(names.toSorted()).toEqual(network.graph.nodes.map(({ name }) => name).toSorted());
    const full = await planOf(network, regionGrid([224, 224], 9), 'full');
    expect(full).toMatchObject({ inference: 'full', segments: [], estimatedSpeedup: plan.estimatedSpeedup });
  });

  it('computes steps of several regions and fills of whole images in full', async () => {
    const network = inception(1, [3, 96, 96]);
    const grid = regionGrid([96, 96], 6);
    const trajectory = { order: Int32Array.of(7, 100, 31), repeat: 0 };
    const curves = async (inference: 'full' | 'incremental', kind: FillKind, regionsPerStep: number) => {
      const perturber = await createPerturber(onnxruntime, network, { grid, inference });
      expect(perturber.plan.inference).toBe(inference);
      const fill = fillOf(kind, network, grid);
      const result = await perturber.logits(imageOf(network), [{ ...trajectory, regionsPerStep }], fill);
      await perturber.release();
      return result;
    };
    expect(await curves('incremental', 'mean', 2)).toEqual(await curves('full', 'mean', 2));
    expect(await curves('incremental', 'linear', 1)).toEqual(await curves('full', 'linear', 1));
  });

  it('takes trajectories without steps, and none at all', async () => {
    const network = inception(1, [3, 96, 96]);
    const grid = regionGrid([96, 96], 6);
    for (const inference of ['full', 'incremental'] as const) {
      const perturber = await createPerturber(onnxruntime, network, { grid, inference });
      const logits = (orders: number[][]) =>
        perturber.logits(
          imageOf(network),
          orders.map((order) => ({ order: Int32Array.from(order), repeat: 0 })),
          fillOf('mean', network, grid),
        );
      expect(await logits([])).toEqual([]);
      const [none, one] = await logits([[], [5]]);
      expect(none?.length).toBe(7);
      expect(one?.slice(0, 7)).toEqual(none);
      await perturber.release();
    }
  });
});

const NETWORKS = { plain, inception, residual, signal, perceptron } as const;

describe.each(Object.entries(NETWORKS))('perturber on %s', (name, make) => {
  const network = make(1);
  const grid = regionGrid(spatialOf(network), name === 'perceptron' ? 1 : 7);
  const trajectories = trajectoriesOf(grid);
  const fill = fillOf('uniform', network, grid);

  it('equals the naive loop', async () => {
    const perturber = await createPerturber(onnxruntime, network, { grid });
    const curves = await perturber.logits(imageOf(network), trajectories, fill);
    await perturber.release();
    for (const [i, trajectory] of trajectories.entries()) {
      if (!('patch' in fill)) throw new Error('uniform is a fill by region');
      expect(curves[i]).toEqual(await naiveLogits(network, grid, trajectory, fill.patch));
    }
  });

  it('gives the same numbers for any batch size', async () => {
    const curves = [];
    for (const batch of [1, 5, 64]) {
      const perturber = await createPerturber(onnxruntime, network, { grid, batch });
      curves.push(await perturber.logits(imageOf(network), trajectories, fill));
      await perturber.release();
    }
    expect(curves[1]).toEqual(curves[0]);
    expect(curves[2]).toEqual(curves[0]);
  });
});

describe('perturber', () => {
  const network = plain(1);
  const grid = regionGrid([33, 30], 1);

  it('replaces several regions a step (pixel flipping), the last step what is left', async () => {
    const perturber = await createPerturber(onnxruntime, network, { grid });
    const fill = fillOf('uniform', network, grid);
    const order = rankRegions(randomStream('relevance').uniforms(grid.count)).slice(0, 50);
    const [single, batched] = await perturber.logits(
      imageOf(network),
      [
        { order, repeat: 0 },
        { order, repeat: 0, regionsPerStep: 20 },
      ],
      fill,
    );
    const row = (curve: Float32Array | undefined, step: number) => curve?.slice(step * 5, step * 5 + 5);
    expect(batched?.length).toBe(4 * 5);
    for (const [step, singles] of [
      [0, 0],
      [1, 20],
      [2, 40],
      [3, 50],
    ] as const) {
      expect(row(batched, step)).toEqual(row(single, singles));
    }
    await perturber.release();
  });

  it('replaces the whole image where the fill depends on everything removed (ROAD)', async () => {
    const perturber = await createPerturber(onnxruntime, network, { grid });
    const fill = fillOf('linear', network, grid);
    const order = Int32Array.of(100, 101, 400);
    const [curve] = await perturber.logits(imageOf(network), [{ order, repeat: 1 }], fill);
    if (!('image' in fill)) throw new Error('linear is a fill of whole images');
    const session = await onnxruntime.load(network.graph);
    for (let step = 1; step <= 3; step++) {
      const image = fill.image(1, order.subarray(0, step));
      expect(curve?.slice(step * 5, step * 5 + 5)).toEqual(await logitsOf(session, network, image));
    }
    await session.release();
    await perturber.release();
  });

  it('leaves the image alone and refuses one of another size', async () => {
    const perturber = await createPerturber(onnxruntime, network, { grid });
    const image = imageOf(network);
    await perturber.logits(image, [{ order: Int32Array.of(1), repeat: 0 }], fillOf('mean', network, grid));
    expect(image).toEqual(imageOf(network));
    await expect(perturber.logits(image.slice(1), [], fillOf('mean', network, grid))).rejects.toThrow(
      /2970 values of shape \[3,33,30\], got 2969/,
    );
    await perturber.release();
  });
});
