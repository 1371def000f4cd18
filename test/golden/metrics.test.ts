import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { readNpy } from '../../src/files/npy.js';
import { type FloatTensor, floatTensor } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { descending } from '../../src/metrics/descending.js';
import {
  averageDrop,
  averageGain,
  averageIncrease,
  irof,
  monotonicity,
  monotonicityCorrelation,
  rankGroups,
  saco,
  subsetCorrelation,
  unitRange,
} from '../../src/metrics/faithfulness.js';
import {
  intersectionOverUnion,
  pixelAccuracy,
  pixelAuc,
  pixelAveragePrecision,
  topIntersection,
} from '../../src/metrics/segmentation.js';
import { hasShared, needsShared, shared } from '../shared.js';

/** What golden-metrics/README.md promises of float32: 1e-3 relative, with a floor. */
function expectClose(got: number | undefined, expected: number, tolerance = 1e-3): void {
  expect(got).toBeDefined();
  expect(Math.abs((got as number) - expected)).toBeLessThanOrEqual(
    tolerance * Math.max(Math.abs(expected), 0.01),
  );
}

const probability = (logits: Float32Array, target: number) =>
  1 / logits.reduce((sum, z) => sum + Math.exp(z - (logits[target] as number)), 0);

/** Inputs one behind the other. */
function joined(states: readonly Float32Array[]): Float32Array {
  const size = states[0]?.length ?? 0;
  const all = new Float32Array(states.length * size);
  for (const [i, state] of states.entries()) all.set(state, i * size);
  return all;
}

/** What a class scores, by name. */
const SCORES = {
  logit: (logits: Float32Array, target: number) => logits[target] as number,
  prob: probability,
};

const NETS = [
  ['vgg-bn', 'small', shared('golden', 'vgg-bn', 'model.onnx')],
  ['resnet', 'small', shared('golden', 'resnet', 'model.onnx')],
  ['sample', 'sample', 'datasets/sample/network.onnx'],
] as const;

describe.runIf(hasShared)(`metrics of given heatmaps, against float64${needsShared}`, () => {
  describe.each(NETS)('%s', (net, set, weights) => {
    const file = (...parts: string[]) => shared('golden-metrics', ...parts);
    const index = hasShared ? JSON.parse(readFileSync(file('index.json'), 'utf8')) : {};
    const golden = index.nets?.[net];
    const { grid, black } = index.data?.[set] ?? {};
    const rowsOf = (array: { shape: number[]; data: Float32Array }) => {
      const size = array.data.length / (array.shape[0] as number);
      return Array.from({ length: array.shape[0] as number }, (_, i) =>
        array.data.subarray(i * size, (i + 1) * size),
      );
    };
    const read = (...parts: string[]) => rowsOf(readNpy(file(...parts)));
    let inputs: Float32Array[];
    let session: Session;
    let shape: readonly number[];
    let classes: number;

    beforeAll(async () => {
      const network = await loadNetwork({ weights });
      session = await onnxruntime.load(network.graph);
      shape = network.inputShape;
      classes = network.classes;
      inputs =
        set === 'small'
          ? read('small', 'images.npy')
          : read('sample', 'pixels.npy').map((pixels) => pixels.map((v) => (v - 127.5) / 64));
    });
    afterAll(() => session.release());

    /** Logits of inputs, one after the other in batches. */
    async function logitsOf(states: readonly Float32Array[]): Promise<Float32Array[]> {
      const found: Float32Array[] = [];
      for (let from = 0; from < states.length; from += 16) {
        const batch = states.slice(from, from + 16);
        const data = joined(batch);
        const { logits } = await session.run({ input: floatTensor([batch.length, ...shape], data) });
        for (const [i] of batch.entries())
          found.push((logits as FloatTensor).data.slice(i * classes, (i + 1) * classes));
      }
      return found;
    }
    async function probabilities(states: readonly Float32Array[], target: number): Promise<number[]> {
      return (await logitsOf(states)).map((logits) => probability(logits, target));
    }
    /** An input with the pixels of these places replaced, in all channels. */
    function replaced(
      x: Float32Array,
      places: Iterable<number>,
      by: (channel: number, place: number) => number,
    ) {
      const result = x.slice();
      const area = x.length / (shape[0] as number);
      for (const place of places)
        for (let c = 0; c < (shape[0] as number); c++) result[c * area + place] = by(c, place);
      return result;
    }
    const meanPixel = (x: Float32Array) => {
      const area = x.length / (shape[0] as number);
      return Array.from({ length: shape[0] as number }, (_, c) =>
        x.subarray(c * area, (c + 1) * area).reduce((a, b) => a + b / area, 0),
      );
    };
    /** The places of every cell of the golden grid. */
    const cells = () => {
      const side = shape[1] as number;
      const places: number[][] = Array.from({ length: grid * grid }, () => []);
      for (let place = 0; place < side * side; place++) {
        const cell =
          Math.floor((Math.floor(place / side) * grid) / side) * grid +
          Math.floor(((place % side) * grid) / side);
        (places[cell] as number[]).push(place);
      }
      return places;
    };
    const maps = (kind: 'gxi' | 'random') =>
      kind === 'gxi' ? read(net, 'heatmaps.gxi.npy') : read(set, 'heatmaps.random.npy');

    it.each(['gxi', 'random'] as const)('masks: %s', (kind) => {
      const masks = read(set, 'masks.npy').map((mask) => Uint8Array.from(mask));
      for (const [i, relevance] of maps(kind).entries()) {
        const sample = { relevance, mask: masks[i] as Uint8Array };
        expect(intersectionOverUnion(sample)).toBeCloseTo(golden[kind]['iou.mean-threshold'][i], 12);
        expect(pixelAccuracy(sample)).toBeCloseTo(golden[kind]['pixel-accuracy'][i], 12);
        expect(pixelAuc(sample)).toBeCloseTo(golden[kind]['pixel-auc'][i], 10);
        expect(pixelAveragePrecision(sample)).toBeCloseTo(golden[kind]['average-precision'][i], 10);
        expect(topIntersection(sample, 100)).toBeCloseTo(golden[kind]['top100-intersection'][i], 12);
      }
    });

    it.each(['gxi', 'random'] as const)('average drop, increase, gain: %s', async (kind) => {
      for (const [i, map] of maps(kind).entries()) {
        const x = inputs[i] as Float32Array;
        const weights = unitRange(map);
        const weighed = x.map((v, k) => v * (weights[k % weights.length] as number));
        const [whole, other] = await probabilities([x, weighed], golden.targets[i]);
        const known = (own: number) => ({ own, others: 1 - own });
        const pair = { whole: known(whole as number), weighed: known(other as number) };
        const { drop, increase, gain } = golden[kind].average;
        expectClose(averageDrop(pair), drop[i]);
        expect(averageIncrease(pair)).toBe(increase[i]);
        expectClose(averageGain(pair), gain[i]);
      }
    });

    it.each(['gxi', 'random'] as const)('sensitivity-n and faithfulness correlation: %s', async (kind) => {
      const found = maps(kind);
      const correlationsOf = async (i: number, subsets: Float32Array[], fill: number) => {
        const [map, x] = [found[i] as Float32Array, inputs[i] as Float32Array];
        const sums = subsets.map((places) => places.reduce((sum, place) => sum + (map[place] as number), 0));
        const states = [x, ...subsets.map((s) => replaced(x, s, () => fill))];
        const logits = await logitsOf(states);
        return Object.entries(SCORES).map(([name, read]) => {
          const [whole = 0, ...rest] = logits.map((one) => read(one, golden.targets[i]));
          const correlation = subsetCorrelation(
            sums,
            rest.map((score) => whole - score),
          );
          return [name, correlation] as const;
        });
      };
      for (const [n, expected] of Object.entries<number[]>(golden[kind]['sensitivity-n'])) {
        const subsets = read(set, `subsets.n${n}.npy`);
        for (const [i, value] of expected.entries())
          expectClose(new Map(await correlationsOf(i, subsets, 0)).get('logit'), value);
      }
      const subsets = read(set, 'subsets.faithfulness.npy');
      for (const i of golden[kind]['faithfulness-correlation.logit'].keys())
        for (const [name, value] of await correlationsOf(i, subsets, black))
          expectClose(value, golden[kind][`faithfulness-correlation.${name}`][i]);
    });

    it.each(['gxi', 'random'] as const)('IROF over cells and given segments: %s', async (kind) => {
      const labels = read(set, 'segments.voronoi.npy').flatMap((row) => [...row]);
      const voronoi = Array.from({ length: Math.max(...labels) + 1 }, (_, segment) =>
        labels.flatMap((label, place) => (label === segment ? [place] : [])),
      );
      for (const [segments, places] of Object.entries({ grid: cells(), voronoi })) {
        for (const filled of ['image-mean', 'zero']) {
          for (const [i, { order, aoc }] of golden[kind][`irof.${segments}.${filled}`].entries()) {
            const [map, x] = [maps(kind)[i] as Float32Array, inputs[i] as Float32Array];
            const means = places.map(
              (own) => own.reduce((sum, p) => sum + (map[p] as number), 0) / own.length,
            );
            const ranked = Array.from(descending(means));
            expect(ranked).toEqual(order);
            const fill = filled === 'zero' ? meanPixel(x).fill(0) : meanPixel(x);
            const states = [x];
            for (const cell of ranked)
              states.push(
                replaced(states.at(-1) as Float32Array, places[cell] as number[], (c) => fill[c] as number),
              );
            expectClose(irof(await probabilities(states, golden.targets[i])), aoc);
          }
        }
      }
    });

    it.each(['gxi', 'random'] as const)('monotonicity, and its correlation: %s', async (kind) => {
      const draws = read(set, 'draws.npy');
      for (const [i, { share, all }] of golden[kind].monotonicity.entries()) {
        const [map, x] = [maps(kind)[i] as Float32Array, inputs[i] as Float32Array];
        const places = cells();
        const area = map.length;
        const sums = places.map((own) => own.reduce((sum, p) => sum + (map[p] as number), 0));
        const ranked = sums
          .map((_, cell) => cell)
          .sort((a, b) => (sums[a] as number) - (sums[b] as number) || a - b);
        const states = [new Float32Array(x.length)];
        for (const cell of ranked)
          states.push(
            replaced(
              states.at(-1) as Float32Array,
              places[cell] as number[],
              (c, p) => x[c * area + p] as number,
            ),
          );
        const kept = monotonicity(await probabilities(states, golden.targets[i]));
        expect(kept).toBeCloseTo(share, 12);
        // Arya's original says only whether no step falls.
        expect(kept === 1).toBe(all);

        const [score = 0] = await probabilities([x], golden.targets[i]);
        const drawn: number[][] = [];
        for (const own of places) {
          const others = draws.map((draw) =>
            replaced(x, own, (c, p) => draw[draw.length === 3 ? c : c * area + p] as number),
          );
          drawn.push(await probabilities(others, golden.targets[i]));
        }
        expectClose(monotonicityCorrelation(sums, score, drawn), golden[kind]['monotonicity-correlation'][i]);
      }
    });

    it.each(['gxi', 'random'] as const)('SaCo: %s', async (kind) => {
      for (const [i, expected] of golden[kind].saco.entries()) {
        const [map, x] = [maps(kind)[i] as Float32Array, inputs[i] as Float32Array];
        const groups = rankGroups(map, 10);
        const fill = meanPixel(x);
        const [whole = 0, ...others] = await probabilities(
          [x, ...groups.map((group) => replaced(x, group, (c) => fill[c] as number))],
          golden.targets[i],
        );
        const salience = groups.map((group) => group.reduce((sum, p) => sum + (map[p] as number), 0));
        const drops = others.map((p) => whole - p);
        expectClose(saco(salience, drops), expected);
        const { s, drop } = golden[kind]['saco.first'];
        if (i === 0) for (const [g, own] of salience.entries()) expectClose(own, s[g]);
        if (i === 0) for (const [g, own] of drops.entries()) expectClose(own, drop[g]);
      }
    });
  });
});
