import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeNpy } from '../../../src/files/npy.js';
import { floatTensor } from '../../../src/graph/tensor.js';
import { pearson, spearman } from '../../../src/metrics/similarity.js';
import { randomStream } from '../../../src/random.js';
import { NetworkWriter } from '../../perturbation/networks.js';
import { writeExperiment } from '../../run/experiment.js';
import { evaluateAll } from '../evaluate.js';

// z(x) = w x + 0.1 of a 2 x 2 image; the other class has 0. Relevance by gradient-x-input: 1.2, 0, 0.2, 0.15; z(x) = 1.65.
const WEIGHTS = [0.3, -0.1, 0.1, 0.05];
const IMAGE = [4, 0, 2, 3];
const RELEVANCE = [1.2, 0, 0.2, 0.15];
const logit = (x: readonly number[]) => x.reduce((sum, v, i) => sum + v * (WEIGHTS[i] as number), 0.1);
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const p = (x: readonly number[]) => sigmoid(logit(x));

function network(shape: readonly number[] = [1, 2, 2]) {
  const net = new NetworkWriter(1, shape);
  const weights = net.constant(floatTensor([2, 4], [...WEIGHTS, 0, 0, 0, 0]));
  const bias = net.constant(floatTensor([2], [0.1, 0]));
  return net.build(net.op('Gemm', [net.flatten(net.input), weights, bias], { transB: 1 })).graph;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof faithfulness-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function measured(faithfulness: object, methods: readonly string[] = ['gradient-x-input']) {
  const path = writeExperiment(
    folder,
    network(),
    { x: Float32Array.from(IMAGE) },
    {
      methods,
      faithfulness: { region: 1, ...faithfulness },
    },
  );
  const { rows } = await evaluateAll(path);
  return rows.map(({ parts }) => parts.faithfulness ?? {});
}

describe('the family faithfulness, on a network that can be computed by hand', () => {
  it('average drop, increase and gain: the image times the heatmap from 0 to 1', async () => {
    const [values] = await measured({ metrics: ['average'] });
    const weighed = p([4, 0, 2 / 6, 3 / 8]);
    expect(values).toEqual({
      average_drop: expect.closeTo((p(IMAGE) - weighed) / p(IMAGE), 6),
      average_increase: 0,
      average_gain: 0,
    });
  });

  it('average gain of a class that is all but certain: 1 - e^-28.1 becomes 1 - e^-30.1', async () => {
    const path = writeExperiment(
      folder,
      network(),
      { x: Float32Array.of(100, 20, 0, 0) },
      { methods: ['gradient-x-input'], faithfulness: { region: 1, metrics: ['average'] } },
    );
    expect((await evaluateAll(path)).rows[0]?.parts.faithfulness).toEqual({
      average_drop: 0,
      average_increase: 1,
      average_gain: expect.closeTo(1 - Math.exp(-2), 5),
    });
  });

  it('random subsets: what is linear is predicted for every size; black is the smallest value, 0 here', async () => {
    const [values] = await measured({ metrics: ['sensitivity-n', 'faithfulness-correlation'] });
    for (const percent of [1, 5, 20, 50, 80]) {
      expect(values?.[`sensitivity_n_${percent}_percent`]).toBeCloseTo(1, 6);
    }
    expect(values?.sensitivity_n).toBeCloseTo(1, 6);
    expect(values?.faithfulness_correlation).toBeCloseTo(1, 6);
  });

  it('faithfulness correlation: black is the least value of the input where it has no range', async () => {
    // Of x = (1, 2, 3, 5), one after the other becoming 1 loses w (x - 1): 0, -0.1, 0.2, 0.2. Relevance: 0.3, -0.2, 0.3, 0.25.
    const path = writeExperiment(
      folder,
      network(),
      { x: Float32Array.of(1, 2, 3, 5) },
      {
        methods: ['gradient-x-input'],
        faithfulness: { region: 1, metrics: ['faithfulness-correlation'], subsets: 400 },
      },
    );
    const pairs = [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3].filter((j) => j > i).map((j) => [i, j]));
    const sums = (values: number[]) =>
      pairs.map((pair) => pair.reduce((sum, i) => sum + (values[i] as number), 0));
    const exact = pearson(sums([0.3, -0.2, 0.3, 0.25]), sums([0, -0.1, 0.2, 0.2])) as number;
    // 400 draws of the 6 pairs; what zeros would give is 1.
    const { rows } = await evaluateAll(path);
    const found = rows[0]?.parts.faithfulness?.faithfulness_correlation as number;
    expect(Math.abs(found - exact)).toBeLessThan(0.03);
    expect(exact).toBeLessThan(0.9);
  });

  it('leaves out what has no value: subsets of a heatmap that does not vary, a score that does not change', async () => {
    const metrics = ['sensitivity-n', 'faithfulness-correlation', 'saco', 'completeness-gap'];
    const path = writeExperiment(
      folder,
      network(),
      { x: new Float32Array(4) },
      { methods: ['gradient-x-input'], faithfulness: { region: 1, metrics } },
    );
    expect((await evaluateAll(path)).rows[0]?.parts.faithfulness).toEqual({});
  });

  it('IROF: regions become the mean of the channel, 2.25', async () => {
    const [values] = await measured({ metrics: ['irof'] });
    const curve = [
      IMAGE,
      [2.25, 0, 2, 3],
      [2.25, 0, 2.25, 3],
      [2.25, 0, 2.25, 2.25],
      [2.25, 2.25, 2.25, 2.25],
    ].map((x) => p(x) / p(IMAGE));
    const area = curve.slice(1).reduce((sum, y, k) => sum + (y + (curve[k] as number)) / 2, 0);
    expect(values?.irof).toBeCloseTo(1 - area / 4, 6);
  });

  it('IROF: regions of different size by the mean of their relevance, not by its sum', async () => {
    // Relevance 0.3 | 0.2, 0.2, 0.15: the sum of the three is larger.
    const image = [1, -2, 2, 3];
    const segments = join(folder, 'segments');
    mkdirSync(segments);
    writeFileSync(join(segments, 'x.npy'), writeNpy([2, 2], Float32Array.of(0, 1, 1, 1)));
    const path = writeExperiment(
      folder,
      network(),
      { x: Float32Array.from(image) },
      { methods: ['gradient-x-input'], faithfulness: { region: { segments }, metrics: ['irof'] } },
    );
    const [first, second] = [[1, -2, 2, 3], [1, 1, 1, 1]].map((x) => p(x) / p(image)) as [number, number]; // biome-ignore format: one line
    // The one of the first segment is the mean already.
    const area = (first + first) / 2 + (first + second) / 2;
    const { rows } = await evaluateAll(path);
    expect(rows[0]?.parts.faithfulness?.irof).toBeCloseTo(1 - area / 2, 6);
  });

  it('monotonicity: from 0, put back from least to most; a step that changes nothing does not lower', async () => {
    const [values] = await measured({ metrics: ['monotonicity'] });
    expect(values?.monotonicity).toBe(1);
    // Without sign, the region of weight -0.1 is put back when it is 3: one step of four lowers the probability.
    const path = writeExperiment(
      folder,
      network(),
      { x: Float32Array.of(4, 3, 2, 3) },
      { methods: ['gradient-x-input'], faithfulness: { region: 1, metrics: ['monotonicity'] } },
    );
    expect((await evaluateAll(path)).rows[0]?.parts.faithfulness?.monotonicity).toBe(0.75);
  });

  it('monotonicity: the least relevant region comes first', async () => {
    // z = -x0 + x1 + 2 ReLU(x0 + x1 - 1) at (1, 1), where relevance is 1 and 3: alone, the first takes 1, the second brings 1.
    const net = new NetworkWriter(1, [1, 1, 2]);
    const rows = net.constant(floatTensor([3, 2], [1, 1, 1, 0, 0, 1]));
    const shifts = net.constant(floatTensor([3], [-1, 0, 0]));
    const hidden = net.op('Relu', [net.op('Gemm', [net.flatten(net.input), rows, shifts], { transB: 1 })]);
    const weights = net.constant(floatTensor([2, 3], [2, -1, 1, 0, 0, 0]));
    const logits = net.op('Gemm', [hidden, weights, net.constant(floatTensor([2], [0, 0]))], { transB: 1 });
    const path = writeExperiment(
      folder,
      net.build(logits).graph,
      { x: Float32Array.of(1, 1) },
      { methods: ['gradient-x-input'], faithfulness: { region: 1, metrics: ['monotonicity'] } },
    );
    expect((await evaluateAll(path)).rows[0]?.parts.faithfulness?.monotonicity).toBe(0.5);
  });

  it('monotonicity correlation: every region alone, drawn uniformly between the least and the largest value', async () => {
    const [values] = await measured({ metrics: ['monotonicity-correlation'], draws: 3, seed: 7 });
    const spreads = IMAGE.map((_, unit) => {
      const squares = [0, 1, 2].map((draw) => {
        const drawn = 4 * randomStream(7, 'uniform', 'x', draw, unit).uniform(0);
        const other = IMAGE.map((v, i) => (i === unit ? drawn : v));
        return ((p(IMAGE) - p(other)) / p(IMAGE)) ** 2;
      });
      return squares.reduce((a, b) => a + b) / 3;
    });
    expect(values?.monotonicity_correlation).toBeCloseTo(spearman(RELEVANCE, spreads) as number, 9);
  });

  it('SaCo: as many groups as there are places where these are fewer than ten', async () => {
    const [values] = await measured({ metrics: ['saco'] });
    // Alone at 2.25, the regions by rank lose 0.525, -0.025, 0.0375, 0.225 of the logit.
    expect(values?.saco).toBeCloseTo((1 + 1.05 + 1.2 - 0.05 - 0.2 - 0.15) / 3.65, 6);
  });

  it('completeness gap: against an input of 0; a heatmap without sign has none', async () => {
    const [complete, unsigned] = await measured({ metrics: ['completeness-gap'] }, [
      'gradient-x-input',
      'sensitivity-l2',
    ]);
    expect(complete?.completeness_gap).toBeCloseTo(0, 6);
    expect(unsigned).toEqual({});
  });

  it('ROAD: class and probability after 20 to 80 % of the places are imputed', async () => {
    const [values] = await measured({ metrics: ['road'] });
    for (const order of ['morf', 'lerf']) {
      for (const percent of [20, 40, 60, 80]) expect(values?.[`road_${order}_${percent}_percent`]).toBe(1);
    }
    // 0, 1, 2, 3 places: the neighbours' mean, 1/6 beside and 1/12 across; what is alone is everywhere.
    const morf = [IMAGE, [1.4, 0, 2, 3], [12 / 11, 0, 21 / 11, 3], [0, 0, 0, 0]];
    const lerf = [IMAGE, [4, 3.4, 2, 3], [4, 40 / 11, 2, 30 / 11], [4, 4, 4, 4]];
    const mean = (states: number[][]) => states.reduce((sum, x) => sum + p(x) / 4, 0);
    expect(Math.abs((values?.road as number) - (mean(lerf) - mean(morf)) / 2)).toBeLessThan(0.02);
  });

  it('gives the same numbers alone and beside other metrics and methods', async () => {
    const [together] = await measured({}, ['gradient-x-input', 'sensitivity-l2', 'random']);
    for (const metrics of [['average'], ['irof', 'saco'], ['sensitivity-n']]) {
      const [alone] = await measured({ metrics });
      expect(together).toMatchObject(alone as object);
    }
  });

  it('is measured on the first images only where the config says how many', async () => {
    const images = { x: Float32Array.from(IMAGE), y: Float32Array.of(1, 2, 3, 4) };
    const config = {
      methods: ['gradient-x-input'],
      faithfulness: { region: 1, metrics: ['irof'], images: 1 },
    };
    const { rows } = await evaluateAll(writeExperiment(folder, network(), images, config));
    expect(rows.map(({ image, parts }) => [image, parts.faithfulness !== undefined])).toEqual([
      ['x', true],
      ['y', false],
    ]);
  });

  it('baseline expected: other images of the data set, of which there must be some', async () => {
    const methods = [
      { id: 'integrated-gradients', baseline: 'expected', steps: 8, name: 'expected-gradients' },
    ];
    const write = (images: Record<string, Float32Array>) =>
      writeExperiment(folder, network(), images, { methods, complexity: true });
    const x = Float32Array.from(IMAGE);
    const { leftOut } = await evaluateAll(write({ x }));
    expect(leftOut[0]?.reason).toBe(
      "baseline expected (integrated gradients): expected references: other inputs of the data set (`explain --references`), got none but 'x' itself",
    );
    const { rows } = await evaluateAll(write({ x, y: Float32Array.of(1, 2, 3, 4) }));
    const gap = logit(IMAGE) - logit([1, 2, 3, 4]);
    for (const { image, relevance } of rows) {
      const expected = image === 'x' ? gap : -gap;
      expect(relevance.sum).toBeCloseTo(expected, 5);
      expect(relevance).toMatchObject({ expected: expect.closeTo(expected, 5) });
    }
  });

  it('says which config does not fit', async () => {
    await expect(measured({ region: 2 })).rejects.toThrow(
      'faithfulness.region (network experiment): expected at least 2 regions in an input, got 1 of 2',
    );
    await expect(measured({ metrics: ['iorf'] })).rejects.toThrow(/faithfulness\.metrics/);
  });
});
