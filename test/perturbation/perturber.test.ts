import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../src/graph/tensor.js';
import { type InputLayout, layoutOf } from '../../src/input/layout.js';
import { type Units, unitMask } from '../../src/input/units.js';
import { createFill, type Fill, type FillKind } from '../../src/perturbation/fills.js';
import { unitOrders } from '../../src/perturbation/orders.js';
import { createPerturber, type PerturbedNetwork } from '../../src/perturbation/perturber.js';
import type { Trajectory } from '../../src/perturbation/trajectory.js';
import { randomStream } from '../../src/random.js';
import { gridUnits, labelledUnits } from '../input/regions.js';
import { inception, perceptron, plain, residual, signal } from './networks.js';

function imageOf({ inputShape }: PerturbedNetwork): Float32Array {
  return randomStream('image').uniforms(sizeOf(inputShape), -1, 1);
}

function fillOf(kind: FillKind, network: PerturbedNetwork, units: Units): Fill {
  const { channels } = units.layout;
  const all = (value: number) => new Array<number>(channels).fill(value);
  return createFill(kind, {
    range: { low: all(-1), high: all(1), mean: all(0) },
    seed: 3,
    imageId: 'image',
    input: imageOf(network),
    units,
  });
}

/** Three orders, two repeats, of different lengths. */
function trajectoriesOf(units: Units): Trajectory[] {
  const heatmap = randomStream('relevance').uniforms(units.layout.places);
  return (['morf', 'lerf', 'random'] as const).map((order, i) => {
    const [kind, random] = order === 'random' ? (['morf', true] as const) : ([order, false] as const);
    const key = { seed: 3, imageId: 'image', repeat: i };
    return {
      order: unitOrders(heatmap, units, random)(kind, Math.min(units.count, 6 + i), key),
      repeat: i % 2,
    };
  });
}

/** One image through the network, beside itself: the engine adds in another order when a batch has one row. */
async function logitsOf(session: Session, { inputShape }: PerturbedNetwork, image: Float32Array) {
  const outputs = await session.run({ input: floatTensor([2, ...inputShape], [...image, ...image]) });
  const { data } = Object.values(outputs)[0] as FloatTensor;
  return data.slice(0, data.length / 2);
}

/** The definition, without any cleverness: replace a unit place by place, run the image alone, read the logits. */
async function naiveLogits(
  network: PerturbedNetwork,
  units: Units,
  { order, repeat }: Trajectory,
  patch: (repeat: number, unit: number) => Float32Array,
) {
  const session = await onnxruntime.load(network.graph);
  const state = imageOf(network);
  const curve: number[] = [];
  const run = async () => {
    curve.push(...(await logitsOf(session, network, state)));
  };
  await run();
  const { places, columns } = units.layout;
  for (const unit of order) {
    const own = units
      .rectangles(unit)
      .flatMap(({ top, left, height, width }) =>
        Array.from(
          { length: height * width },
          (_, i) => (top + Math.floor(i / width)) * columns + left + (i % width),
        ),
      );
    for (const [i, value] of patch(repeat, unit).entries()) {
      state[Math.floor(i / own.length) * places + (own[i % own.length] as number)] = value;
    }
    await run();
  }
  await session.release();
  return Float32Array.from(curve);
}

describe('choice of inference', () => {
  const planOf = async (network: PerturbedNetwork, units: Units, inference?: 'full' | 'incremental') => {
    const perturber = await createPerturber(onnxruntime, network, { units, ...(inference && { inference }) });
    await perturber.release();
    return perturber.plan;
  };

  it('is full where nothing is local', async () => {
    expect(await planOf(perceptron(1), gridUnits([30], 1))).toMatchObject({
      inference: 'full',
      segments: [],
    });
  });

  it('is incremental where that should be faster, and says what is computed as a whole', async () => {
    const network = inception(1, [3, 224, 224]);
    const plan = await planOf(network, gridUnits([3, 224, 224], 9));
    expect(plan.inference).toBe('incremental');
    expect(plan.estimatedSpeedup).toBeGreaterThan(3);
    const names = [...plan.segments.flat(), ...plan.whole];
    expect(names.toSorted()).toEqual(network.graph.nodes.map(({ name }) => name).toSorted());
    const full = await planOf(network, gridUnits([3, 224, 224], 9), 'full');
    expect(full).toMatchObject({ inference: 'full', segments: [], estimatedSpeedup: plan.estimatedSpeedup });
  });

  it('computes fills of whole images in full, steps of several regions where they change something', async () => {
    const network = inception(1, [3, 96, 96]);
    const units = gridUnits([3, 96, 96], 6);
    const trajectory = { order: Int32Array.of(7, 100, 31), repeat: 0 };
    const curves = async (inference: 'full' | 'incremental', kind: FillKind, regionsPerStep: number) => {
      const perturber = await createPerturber(onnxruntime, network, { units, inference });
      expect(perturber.plan.inference).toBe(inference);
      const fill = fillOf(kind, network, units);
      const result = await perturber.logits(imageOf(network), [{ ...trajectory, regionsPerStep }], fill);
      await perturber.release();
      return result;
    };
    const [[some = []], [all = []]] = [
      await curves('incremental', 'mean', 2),
      await curves('full', 'mean', 2),
    ];
    expect(some.length).toBe(all.length);
    for (const [i, logit] of all.entries()) expect(some[i]).toBeCloseTo(logit, 5);
    expect(await curves('incremental', 'linear', 1)).toEqual(await curves('full', 'linear', 1));
  });

  it('gives the logits of the steps that are looked at, whatever computes them', async () => {
    const network = inception(1, [3, 96, 96]);
    const units = gridUnits([3, 96, 96], 6);
    const whole = { order: Int32Array.of(7, 100, 31, 12, 250, 3), repeat: 0 };
    const fill = fillOf('uniform', network, units);
    for (const inference of ['full', 'incremental'] as const) {
      const perturber = await createPerturber(onnxruntime, network, { units, inference });
      const [all = new Float32Array()] = await perturber.logits(imageOf(network), [whole], fill);
      const classes = all.length / 7;
      for (const at of [[6], [2, 3, 6], [1, 2, 3, 4, 5, 6]]) {
        const [some = new Float32Array()] = await perturber.logits(
          imageOf(network),
          [{ ...whole, at }],
          fill,
        );
        expect(some.length).toBe((at.length + 1) * classes);
        for (const [k, step] of [0, ...at].entries()) {
          for (let c = 0; c < classes; c++) {
            expect(some[k * classes + c]).toBeCloseTo(all[step * classes + c] as number, 5);
          }
        }
      }
      await perturber.release();
    }
  });

  it('takes trajectories without steps, and none at all', async () => {
    const network = inception(1, [3, 96, 96]);
    const units = gridUnits([3, 96, 96], 6);
    for (const inference of ['full', 'incremental'] as const) {
      const perturber = await createPerturber(onnxruntime, network, { units, inference });
      const logits = (orders: number[][]) =>
        perturber.logits(
          imageOf(network),
          orders.map((order) => ({ order: Int32Array.from(order), repeat: 0 })),
          fillOf('mean', network, units),
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
  const units = gridUnits(network.inputShape, name === 'perceptron' ? 1 : 7);
  const trajectories = trajectoriesOf(units);
  const fill = fillOf('uniform', network, units);

  it('equals the naive loop', async () => {
    const perturber = await createPerturber(onnxruntime, network, { units });
    const curves = await perturber.logits(imageOf(network), trajectories, fill);
    await perturber.release();
    for (const [i, trajectory] of trajectories.entries()) {
      if (!('patch' in fill)) throw new Error('uniform is a fill by unit');
      expect(curves[i]).toEqual(await naiveLogits(network, units, trajectory, fill.patch));
    }
  });

  it('gives the same numbers for any batch size', async () => {
    const curves = [];
    for (const batch of [1, 5, 64]) {
      const perturber = await createPerturber(onnxruntime, network, { units, batch });
      curves.push(await perturber.logits(imageOf(network), trajectories, fill));
      await perturber.release();
    }
    expect(curves[1]).toEqual(curves[0]);
    expect(curves[2]).toEqual(curves[0]);
  });
});

describe('units of any form', () => {
  /** Labels of a map by a rule over rows and columns. */
  const labels = ({ columns, places }: InputLayout, label: (y: number, x: number) => number) =>
    Array.from({ length: places }, (_, place) => label(Math.floor(place / columns), place % columns));
  const image = layoutOf([3, 33, 30]);
  const series = layoutOf([4, 90]);
  const electrodes = { ...series, channels: 1, rows: 4, places: 360 };
  const cases: [string, PerturbedNetwork, Units][] = [
    // Diagonal stripes, one place wide: no two neighbours in a row belong together.
    [
      'stripes',
      plain(1),
      labelledUnits(
        image,
        labels(image, (y, x) => (y + x) % 8),
      ),
    ],
    // Pieces that touch nowhere, and places that belong to none.
    [
      'words apart',
      signal(1),
      labelledUnits(
        series,
        labels(series, (_, x) => (x % 13 < 9 ? x % 3 : -1)),
      ),
    ],
    // Channels are rows: windows of a single one, and of two that are no neighbours.
    [
      'electrodes',
      signal(1),
      labelledUnits(
        electrodes,
        labels(electrodes, (y, x) => 2 * (y % 3) + (x < 45 ? 0 : 1)),
      ),
    ],
  ];

  it.each(cases)('%s equal the naive loop, in full', async (_, network, units) => {
    const perturber = await createPerturber(onnxruntime, network, { units, inference: 'incremental' });
    expect(perturber.plan).toMatchObject({ inference: 'full', segments: [], estimatedSpeedup: 1 });
    const fill = fillOf('uniform', network, units);
    const trajectories = trajectoriesOf(units);
    const curves = await perturber.logits(imageOf(network), trajectories, fill);
    await perturber.release();
    for (const [i, trajectory] of trajectories.entries()) {
      if (!('patch' in fill)) throw new Error('uniform is a fill by unit');
      expect(curves[i]).toEqual(await naiveLogits(network, units, trajectory, fill.patch));
    }
  });

  it.each(cases)('%s are removed together by a fill of whole images', async (_, network, units) => {
    const perturber = await createPerturber(onnxruntime, network, {});
    const fill = fillOf('linear', network, units);
    const [curve] = await perturber.logits(
      imageOf(network),
      [{ order: Int32Array.of(1, 0), repeat: 0 }],
      fill,
    );
    await perturber.release();
    if (!('image' in fill)) throw new Error('linear is a fill of whole images');
    const removed = unitMask(units, Int32Array.of(1, 0));
    const state = fill.image(0, Int32Array.of(1, 0));
    const unchanged = imageOf(network);
    for (const [at, value] of state.entries()) {
      expect(value === unchanged[at]).toBe(removed[at % units.layout.places] === 0);
    }
    const session = await onnxruntime.load(network.graph);
    const last = await logitsOf(session, network, state);
    expect(curve?.slice(-last.length)).toEqual(last);
    await session.release();
  });

  it("are computed in full where they are an image's own", async () => {
    const network = inception(1, [3, 96, 96]);
    const [shared, own] = [gridUnits([3, 96, 96], 6), gridUnits([3, 96, 96], 8)];
    const perturber = await createPerturber(onnxruntime, network, {
      units: shared,
      inference: 'incremental',
    });
    expect(perturber.plan.inference).toBe('incremental');
    const trajectory = { order: Int32Array.of(7, 100, 31), repeat: 0 };
    const fill = fillOf('uniform', network, own);
    const [curve] = await perturber.logits(imageOf(network), [trajectory], fill);
    await perturber.release();
    if (!('patch' in fill)) throw new Error('uniform is a fill by unit');
    expect(curve).toEqual(await naiveLogits(network, own, trajectory, fill.patch));
  });
});

describe('perturber', () => {
  const network = plain(1);
  const units = gridUnits(network.inputShape, 1);

  it('replaces several regions a step (pixel flipping), the last step what is left', async () => {
    const perturber = await createPerturber(onnxruntime, network, { units });
    const fill = fillOf('uniform', network, units);
    const order = randomStream('order').permutation(units.count).slice(0, 50);
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
    const perturber = await createPerturber(onnxruntime, network, { units });
    const fill = fillOf('linear', network, units);
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
    const perturber = await createPerturber(onnxruntime, network, { units });
    const image = imageOf(network);
    await perturber.logits(image, [{ order: Int32Array.of(1), repeat: 0 }], fillOf('mean', network, units));
    expect(image).toEqual(imageOf(network));
    await expect(perturber.logits(image.slice(1), [], fillOf('mean', network, units))).rejects.toThrow(
      /2970 values of shape \[3,33,30\], got 2969/,
    );
    await perturber.release();
  });
});
