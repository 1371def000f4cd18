import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { floatTensor } from '../../src/graph/tensor.js';
import { randomStream } from '../../src/random.js';
import { evaluateAll, evaluateUnits } from '../evaluation/evaluate.js';
import { NetworkWriter } from '../perturbation/networks.js';
import { writeExperiment } from './experiment.js';

/** Every way to perturb and to score, through the whole pipeline, on a network that can be computed by hand. */

// f(x) = w x + 1 of a 2 x 2 image; the other class has 0.
const WEIGHTS = [3, -1, 1, 0.5];
const IMAGE = [4, 1, 2, 3];
// Relevance by gradient-x-input: 12, -1, 2, 1.5, so MoRF is 0, 2, 3, 1; f(IMAGE) = 15.5.
const GRADIENT_X_INPUT = 'gradient-x-input';

function linearNetwork() {
  const net = new NetworkWriter(1, [1, 2, 2]);
  const weights = net.constant(floatTensor([2, 4], [...WEIGHTS, 0, 0, 0, 0]));
  const bias = net.constant(floatTensor([2], [1, 0]));
  return net.build(net.op('Gemm', [net.flatten(net.input), weights, bias], { transB: 1 })).graph;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof ways-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function rowsOf(
  perturbation: object,
  { methods = [GRADIENT_X_INPUT], images = { x: IMAGE }, ...rest }: Record<string, unknown> = {},
) {
  const inputs = Object.fromEntries(
    Object.entries(images as Record<string, number[]>).map(([id, image]) => [id, Float32Array.from(image)]),
  );
  const config = { methods, perturbation: { region: 1, steps: 4, ...perturbation }, ...rest };
  const { rows } = await evaluateAll(writeExperiment(folder, linearNetwork(), inputs, config));
  return rows.map(({ parts: { perturbation: perturbed, ...parts } }) => ({
    ...parts,
    curves: perturbed?.curves ?? {},
    aopc: perturbed?.metrics,
  }));
}
const rowOf = async (...parameters: Parameters<typeof rowsOf>) => {
  const [row] = await rowsOf(...parameters);
  if (!row) throw new Error('nothing evaluated');
  return row;
};

describe('ways to perturb', () => {
  // Removed pixels of an array become its smallest value, 1.
  it('MoRF, LeRF and insertion', async () => {
    const { curves, aopc } = await rowOf({ fill: 'black', orders: ['morf', 'lerf', 'insertion'] });
    expect([...(curves.morf ?? [])]).toEqual([15.5, 6.5, 5.5, 4.5, 4.5]);
    expect([...(curves.lerf ?? [])]).toEqual([15.5, 15.5, 14.5, 13.5, 4.5]);
    expect([...(curves.insertion ?? [])]).toEqual([4.5, 13.5, 14.5, 15.5, 15.5]);
    expect(aopc).toEqual({
      aopc_morf: 8.2,
      aopc_lerf: 2.8,
      abpc: expect.closeTo(5.4, 12),
      aopc_morf_sum: 41,
      aopc_morf_relative: expect.closeTo(8.2 / 15.5, 12),
      deletion_auc: 6.625,
      insertion_auc: 13.375,
    });
  });

  it('scored at chosen steps: the others lie on a line between them', async () => {
    const { curves, aopc } = await rowOf({ fill: 'black', at: [1, 4] });
    // Scored: 15.5, 6.5, 4.5, and least relevant first 15.5, 15.5, 4.5.
    const rounded = (curve: ArrayLike<number> = []) => Array.from(curve, (v) => Number(v.toFixed(6)));
    expect(rounded(curves.morf)).toEqual([15.5, 6.5, 5.833333, 5.166667, 4.5]);
    expect(rounded(curves.lerf)).toEqual([15.5, 15.5, 11.833333, 8.166667, 4.5]);
    expect(aopc?.aopc_morf).toBeCloseTo((9 + 29 / 3 + 31 / 3 + 11) / 5, 6);
    expect(aopc?.deletion_auc).toBeCloseTo((11 + (3 * 11) / 2) / 4, 6); // The trapezoids 0..1 and 1..4.
  });

  it('scored every so many steps and at the last one, and not where that leads nowhere', async () => {
    const scored = async (config: object) => (await rowOf({ fill: 'black', ...config })).curves;
    expect(await scored({ every: 3 })).toEqual(await scored({ at: [3, 4] }));
    expect(await scored({ every: 1 })).toEqual(await scored({}));
    for (const at of [[1, 3], [2, 1, 4], [1, 1, 4], [5]]) {
      await expect(scored({ at })).rejects.toThrow(
        `perturbation.at: expected ascending steps, the last one 'steps' (4), got ${at.join(', ')}`,
      );
    }
    await expect(scored({ at: [4], every: 2 })).rejects.toThrow(
      "perturbation: expected 'at' or 'every', got both",
    );
  });

  it('insertion alone, one start a repeat', async () => {
    const { curves, aopc } = await rowOf({ fill: 'uniform', orders: ['insertion'], repeats: 3 });
    expect(curves.insertion?.[4]).toBeCloseTo(15.5, 6);
    expect(curves.insertion?.[0]).not.toBeCloseTo(15.5, 1);
    expect(Object.keys(aopc ?? {})).toEqual(['insertion_auc']);
  });

  it('pixel flipping: several single pixels a step, the last step what is left', async () => {
    const { curves } = await rowOf({ fill: 'black', regionsPerStep: 3, steps: 2, orders: ['morf', 'lerf'] });
    expect([...(curves.morf ?? [])]).toEqual([15.5, 4.5, 4.5]);
    expect([...(curves.lerf ?? [])]).toEqual([15.5, 13.5, 4.5]);
    await expect(rowsOf({ regionsPerStep: 3, steps: 3 })).rejects.toThrow(
      'perturbation.steps (network experiment): expected at most 2: 4 regions of 1, 3 a step, got 3',
    );
  });

  it('constant: the mean of the data set at the same place', async () => {
    const images = { x: IMAGE, y: [0, 3, 2, 5] };
    const { curves } = await rowOf({ fill: 'constant', orders: ['morf'] }, { images });
    expect([...(curves.morf ?? [])]).toEqual([15.5, 9.5, 9.5, 10, 9]);
  });

  it('mean: the mean of the image', async () => {
    const { curves } = await rowOf({ fill: 'mean', orders: ['morf'] });
    expect([...(curves.morf ?? [])]).toEqual([15.5, 11, 11.5, 11.25, 9.75]);
  });

  it('Dirichlet: shares that sum to 1, so that a single channel gets all of its range', async () => {
    const { curves } = await rowOf({ fill: 'dirichlet', orders: ['morf'] });
    expect([...(curves.morf ?? [])]).toEqual([15.5, 15.5, 17.5, 18, 15]);
  });

  it('noisy linear imputation (ROAD): the weighted mean of the neighbours, and noise', async () => {
    const { curves } = await rowOf({ fill: 'linear', steps: 2, seed: 5, orders: ['morf'] });
    const noise = randomStream(5, 'linear', 'x', 0);
    const noiseOf = (pixel: number) => 0.01 * (4 - 1) * noise.normal(pixel);
    const first = 0.4 * 1 + 0.4 * 2 + 0.2 * 3 + noiseOf(0);
    expect(curves.morf?.[1]).toBeCloseTo(15.5 + 3 * (first - 4), 5);
    // Pixels 0 and 2 together: 5 a = 2 * 1 + 2 c + 3, 5 c = 2 a + 1 + 2 * 3, so a = 39/21 and c = 45/21.
    const both = 3 * (39 / 21 + noiseOf(0) - 4) + (45 / 21 + noiseOf(2) - 2);
    expect(curves.morf?.[2]).toBeCloseTo(15.5 + both, 5);
  });
});

describe('ways to score', () => {
  it('AOPC between the bounds of all orders', async () => {
    // Losses 9, 0, 1, 1: at best 41 / 5, at worst 14 / 5; by |w| the order is 0, 1, 2, 3: 39 / 5.
    const methods = [GRADIENT_X_INPUT, 'sensitivity-l2'];
    const rows = await rowsOf({ fill: 'black', bounds: 8 }, { methods });
    expect(rows.map(({ aopc }) => [aopc?.aopc_morf_normalised, aopc?.aopc_lerf_normalised])).toEqual([
      [expect.closeTo(1, 7), expect.closeTo(0, 7)],
      [expect.closeTo(5 / 5.4, 7), expect.closeTo((3.2 - 2.8) / 5.4, 7)],
    ]);
    await expect(rowsOf({ bounds: 1, regionsPerStep: 2, steps: 2 })).rejects.toThrow(
      'perturbation.bounds: expected regionsPerStep 1, got 2',
    );
  });

  it('infidelity: 0 where relevance is what a removal costs', async () => {
    // Of an image with a 0, black is 0: removing pixel i costs w_i x_i.
    const image = [4, 0, 2, 3];
    const removals = 6;
    const options = {
      methods: [GRADIENT_X_INPUT, 'sensitivity-l2'],
      images: { x: image },
      robustness: { removals, neighbours: 0, seed: 3 },
    };
    const [exact, gradient] = await rowsOf({ fill: 'black', steps: 3 }, options);
    expect(exact?.robustness).toEqual({ infidelity: 0, infidelity_scaled: 0 });
    const sets = Array.from({ length: removals }, (_, k) => {
      const size = 1 + randomStream(3, 'removal size', 'x', k).integer(0, 3);
      return [...randomStream(3, 'removal', 'x', k).permutation(4).slice(0, size)];
    });
    const errors = sets.map((set) => {
      const sum = (of: (i: number) => number) => set.reduce((total, i) => total + of(i), 0);
      return (
        sum((i) => Math.abs(WEIGHTS[i] as number)) - sum((i) => (WEIGHTS[i] as number) * (image[i] as number))
      );
    });
    const mean = errors.reduce((sum, error) => sum + error ** 2, 0) / removals;
    expect(gradient?.robustness?.infidelity).toBeCloseTo(mean, 6);
  });

  it('max-sensitivity: how far the heatmaps of inputs nearby are', async () => {
    const neighbours = 5;
    const options = {
      methods: [GRADIENT_X_INPUT, 'sensitivity-l2', 'edges'],
      robustness: { removals: 0, neighbours, radius: 0.1, seed: 2 },
    };
    const [moving, still] = await rowsOf({}, options);
    expect(Object.keys(still?.robustness ?? {})).toHaveLength(10);
    expect(new Set(Object.values(still?.robustness ?? {}))).toEqual(new Set([0]));
    const distances = Array.from({ length: neighbours }, (_, k) => {
      const { uniform } = randomStream(2, 'nearby', 'x', k);
      return Math.hypot(...WEIGHTS.map((w, i) => w * (2 * uniform(i) - 1) * 0.1 * (4 - 1)));
    });
    const most = Math.max(...distances);
    expect(moving?.robustness?.max_sensitivity).toBeCloseTo(most, 5);
    const average = distances.reduce((sum, distance) => sum + distance / neighbours, 0);
    expect(moving?.robustness?.average_sensitivity).toBeCloseTo(average, 5);
    // Of a linear network (R(x) - R(y)) / R(x) is (x - y) / x, by element, up to rounding.
    expect(moving?.robustness?.relative_input_stability_largest).toBeCloseTo(1, 3);
    expect(moving?.robustness?.relative_input_stability_median).toBeCloseTo(1, 3);
    expect(moving?.robustness?.max_sensitivity_relative).toBeCloseTo(most / Math.hypot(12, -1, 2, 1.5), 5);
  });

  it('needs regions to remove any', async () => {
    const config = { methods: [GRADIENT_X_INPUT], robustness: { removals: 5 } };
    const inputs = { x: Float32Array.from(IMAGE) };
    await expect(evaluateAll(writeExperiment(folder, linearNetwork(), inputs, config))).rejects.toThrow(
      "robustness.removals: expected 'perturbation' (its regions and fill), got none",
    );
    const alone = { ...config, robustness: { removals: 0 } };
    const { rows } = await evaluateAll(writeExperiment(folder, linearNetwork(), inputs, alone));
    expect(Object.keys(rows[0]?.parts.robustness ?? {})).toEqual([
      'max_sensitivity',
      'max_sensitivity_relative',
      'average_sensitivity',
      'local_lipschitz',
      'relative_input_stability_largest',
      'relative_input_stability_median',
      'relative_output_stability_largest',
      'relative_output_stability_median',
      'relative_representation_stability_largest',
      'relative_representation_stability_median',
    ]);
  });
});

describe('random orders', () => {
  it('are as many as asked for, averaged within the image, and as many for every repeat', async () => {
    const drawn = async (perturbation: object) => {
      const config = {
        methods: [GRADIENT_X_INPUT, 'random'],
        perturbation: { region: 1, steps: 4, ...perturbation },
      };
      const inputs = { x: Float32Array.from(IMAGE) };
      for await (const unit of evaluateUnits(writeExperiment(folder, linearNetwork(), inputs, config))) {
        if (unit.status === 'done') return unit.explanations;
      }
      throw new Error('nothing evaluated');
    };
    const counts = (explanations: Awaited<ReturnType<typeof drawn>>) =>
      explanations.map(({ curves }) => [curves?.morf?.length, curves?.lerf?.length]);
    expect(counts(await drawn({}))).toEqual([[1, 1], [3, 3]]); // biome-ignore format: table
    expect(counts(await drawn({ repeats: 2 }))).toEqual([[2, 2], [4, 4]]); // biome-ignore format: table
    expect(counts(await drawn({ repeats: 4, randomOrders: 2 }))).toEqual([[4, 4], [4, 4]]); // biome-ignore format: table
    const [own, random] = await drawn({ fill: 'uniform', repeats: 2, randomOrders: 4 });
    const curves = random?.curves?.morf ?? [];
    // The same fills in another order end at the same score: draws 0 and 2 have those of repeat 0, 1 and 3 of repeat 1.
    const last = (curve: readonly number[] | undefined) => curve?.at(-1) as number;
    for (const draw of [0, 1, 2, 3]) {
      expect(last(curves[draw])).toBeCloseTo(last(own?.curves?.morf?.[draw % 2]), 4);
    }
    expect(last(curves[0])).not.toBeCloseTo(last(curves[1]), 2);
    expect(new Set(curves.map((curve) => JSON.stringify(curve))).size).toBe(4);
  });

  it('what a method gains on chance is taken from their mean', async () => {
    const [own, random] = await rowsOf({ randomOrders: 5 }, { methods: [GRADIENT_X_INPUT, 'random'] });
    expect(random?.aopc?.aopc_morf_vs_random).toBeCloseTo(0, 12);
    expect(own?.aopc?.aopc_morf_vs_random).toBeCloseTo(
      (own?.aopc?.aopc_morf as number) - (random?.aopc?.aopc_morf as number),
      6,
    );
  });
});

describe('numbers that are not finite', () => {
  const reasonOf = async (image: number[], perturbation: object) => {
    const config = { methods: [GRADIENT_X_INPUT], perturbation: { region: 1, steps: 4, ...perturbation } };
    const inputs = { x: Float32Array.from(image) };
    for await (const unit of evaluateUnits(writeExperiment(folder, linearNetwork(), inputs, config))) {
      return unit.status === 'failed' ? unit.reason : unit.status;
    }
    return undefined;
  };

  it('logits: the unit fails and says so', async () => {
    expect(await reasonOf([3e38, 0, 0, 0], {})).toBe('logit 0: expected a finite number, got Infinity');
  });

  it('the score of a perturbed input', async () => {
    // f = 3e38; LeRF replaces pixels 3, 1 and 0 by their mean: 3e38 + (0.5 - 1 + 3) 0.75e38.
    expect(await reasonOf([0, 0, 3e38, 0], { fill: 'mean' })).toBe(
      "score of class '0': expected a finite number, got Infinity",
    );
  });
});
