import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers, type Explained, type ExplainerSet } from '../../src/explain/explainer.js';
import { sumOverChannels } from '../../src/explain/heatmap.js';
import { createRepresenter, type Representer } from '../../src/explain/inner/representation.js';
import { representationOf } from '../../src/explain/inner/value.js';
import { readNpy } from '../../src/files/npy.js';
import { loadNetwork, type Network } from '../../src/import/network.js';
import { effectiveComplexity, relativeEffectiveComplexity } from '../../src/metrics/complexity.js';
import { descending } from '../../src/metrics/descending.js';
import { completenessGap } from '../../src/metrics/faithfulness.js';
import { efficientMprt, histogramEntropy, likeness, RANDOM_LOGIT } from '../../src/metrics/sanity-metrics.js';
import { SIMILARITIES } from '../../src/metrics/similarity.js';
import {
  largest,
  localLipschitz,
  median,
  overSameClass,
  relativeInputStability,
  relativeOutputStability,
  relativeRepresentationStability,
} from '../../src/metrics/stability.js';
import { imputeLinearly } from '../../src/perturbation/imputation.js';
import { hasShared, needsShared, shared } from '../shared.js';

const NETS = [
  ['vgg-bn', 'small', shared('golden', 'vgg-bn', 'model.onnx'), '/10/MaxPool'],
  ['resnet', 'small', shared('golden', 'resnet', 'model.onnx'), '/6/r2/Relu'],
  ['sample', 'sample', 'datasets/sample/network.onnx', '/15/Relu'],
] as const;

const RELATIVE = {
  ris: relativeInputStability,
  ros: relativeOutputStability,
  rrs: relativeRepresentationStability,
};

/** Rows of the first axis of an array of golden-metrics. */
function rowsOf(...parts: string[]): Float32Array[] {
  const { shape, data } = readNpy(shared('golden-metrics', ...parts));
  const size = data.length / (shape[0] as number);
  return Array.from({ length: shape[0] as number }, (_, i) => data.slice(i * size, (i + 1) * size));
}

describe.runIf(hasShared)(`how heatmaps react, and what they are like, against float64${needsShared}`, () => {
  describe.each(NETS)('%s', (net, set, weights, layer) => {
    const index = hasShared
      ? JSON.parse(readFileSync(shared('golden-metrics', 'index.json'), 'utf8'))
      : { nets: {} };
    const golden = index.nets[net];
    /** As exact as the README of the folder asks for, and as far as float32 allows. */
    const expectClose = (got: number | undefined, expected: number, key = '') => {
      const tolerance = Math.max(1e-3, golden.float32[key] ?? 0);
      expect(got, key).toBeDefined();
      expect(Math.abs((got as number) - expected), key).toBeLessThanOrEqual(
        tolerance * Math.max(Math.abs(expected), 0.01),
      );
    };
    let network: Network;
    let explainers: ExplainerSet;
    let representer: Representer;
    let inputs: Float32Array[];
    let width: number;

    beforeAll(async () => {
      network = await loadNetwork({ weights });
      explainers = await createExplainers(onnxruntime, network, ['gradient-x-input']);
      representer = await createRepresenter(onnxruntime, network, {});
      width = network.layout.columns;
      inputs =
        set === 'small'
          ? rowsOf('small', 'images.npy')
          : rowsOf('sample', 'pixels.npy').map((pixels) => pixels.map((v) => (v - 127.5) / 64));
    });
    afterAll(async () => {
      await explainers.release();
      await representer.release();
    });

    const gxi = () => rowsOf(net, 'heatmaps.gxi.npy');
    const random = () => rowsOf(set, 'heatmaps.random.npy');
    async function explain(input: Float32Array, target: number): Promise<Explained> {
      const [[found] = []] = await explainers.explain([{ id: 'x', input, target }]);
      return found as Explained;
    }
    const logitsOf = async (states: readonly Float32Array[]) =>
      representer.represent(states.map((input) => ({ id: 'x', input, target: 0 })));

    it('relative stability and the local Lipschitz estimate', async () => {
      expect(representationOf(network)?.name).toBe(layer);
      const moved = rowsOf(set, 'perturbed.npy');
      for (const [i, expected] of golden.stability.entries()) {
        const x = inputs[i] as Float32Array;
        const around = [x, ...chunks(moved[i] as Float32Array, x.length)];
        const seen = await logitsOf(around);
        const own = [];
        for (const [k, input] of around.entries()) {
          const { relevance } = await explain(input, golden.targets[i]);
          own.push({ heatmap: relevance, input, ...(seen[k] as (typeof seen)[number]) });
        }
        const [first, ...others] = own as [(typeof own)[number], ...typeof own];
        for (const [k, other] of others.entries()) {
          for (const [key, measure] of Object.entries(RELATIVE))
            expectClose(measure(first, other), expected[key][k], `/stability/${key}`);
          expectClose(localLipschitz(first, [other]), expected.lipschitz[k]);
        }
        for (const [key, measure] of Object.entries(RELATIVE)) {
          const same = overSameClass(first, others, measure);
          // They are as exact as those that they are taken from.
          expectClose(largest(same), expected[`${key}_max`], `/stability/${key}`);
          expectClose(median(same), expected[`${key}_median`], `/stability/${key}`);
        }
      }
    });

    it('completeness gap, of gradients times the input and of integrated gradients', async () => {
      const paths = await createExplainers(onnxruntime, network, ['integrated-gradients']);
      for (const [i, gap] of golden['completeness-gap'].entries()) {
        const [x, target] = [inputs[i] as Float32Array, golden.targets[i]];
        const [own, empty] = (await logitsOf([x, new Float32Array(x.length)])).map(
          ({ logits }) => logits[target] as number,
        ) as [number, number];
        const product = await explain(x, target);
        const [[path] = []] = await paths.explain([{ id: 'x', input: x, target }]);
        expectClose(completenessGap(product.relevance, own, empty), gap);
        const key = 'completeness-gap.ig-midpoint-50';
        // What is left of a difference of logits, which float32 has to a millionth.
        const left = completenessGap(path?.relevance ?? [], own, empty) as number;
        expect(Math.abs((left - golden[key][i]) * (own - empty))).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(own)),
        );
      }
      await paths.release();
    });

    it.each(['morf', 'lerf'])('ROAD, %s', async (order) => {
      const [channels = 0, height = 0] = network.inputShape;
      const maps = gxi();
      const images = set === 'small' ? maps.length : 1;
      const noises = set === 'small' ? rowsOf('small', 'road-noise.npy') : [];
      for (const kind of noises.length > 0 ? ['noise0', 'given-noise'] : ['noise0']) {
        const { percent, accuracy, logit_mean, logits_image0 } = golden.gxi[`road.${order}.${kind}`];
        for (const [p, share] of percent.entries()) {
          const states = maps.slice(0, images).map((map, i) => {
            const ranking = descending(map);
            if (order === 'lerf') ranking.reverse();
            const removed = new Uint8Array(map.length);
            for (const place of ranking.slice(0, Math.floor((map.length * share) / 100))) removed[place] = 1;
            const state = imputeLinearly(
              inputs[i] as Float32Array,
              height,
              width,
              removed,
              Array(channels).fill(0),
            );
            if (kind === 'noise0') return state;
            return state.map((value, at) => {
              const noise = noises[Math.floor(at / map.length)]?.[at % map.length] as number;
              return removed[at % map.length] ? value + noise : value;
            });
          });
          const seen = await logitsOf(states);
          const followed = seen.map(({ logits }, i) => logits[golden.targets[i]] as number);
          expectClose(followed[0], logits_image0[p]);
          if (images < maps.length) continue;
          expectClose(followed.reduce((a, b) => a + b) / images, logit_mean[p]);
          const hits = seen.filter(
            ({ logits }, i) => logits.indexOf(Math.max(...logits)) === golden.targets[i],
          );
          expect(hits.length / images).toBeCloseTo(accuracy[p], 12);
        }
      }
    });

    it('effective complexity, entropy of the histogram, likeness to the input', () => {
      for (const [kind, maps] of [
        ['gxi', gxi()],
        ['random', random()],
      ] as const) {
        const { 'effective-complexity': counts } = golden[kind];
        for (const [i, map] of maps.entries()) {
          expect(effectiveComplexity(map, 1e-5)).toBe(counts['absolute 1e-5'][i]);
          expect(relativeEffectiveComplexity(map)).toBe(counts['relative 0.01 of max'][i]);
          expectClose(histogramEntropy(map) * Math.LN2, golden[kind]['entropy.100bins'][i]);
          const { bins, entropy } = golden[kind]['entropy.fd'][i];
          expectClose(histogramEntropy(map, bins) * Math.LN2, entropy);
          const x = inputs[i] as Float32Array;
          const grey = map.map((_, place) => {
            let sum = 0;
            for (let at = place; at < x.length; at += map.length) sum += x[at] as number;
            return sum;
          });
          expectClose(likeness({ first: map, second: grey, width }), golden[kind]['ssim-to-input'][i]);
        }
      }
    });

    it('random logit, and what efficient randomisation is made of', async () => {
      const { other, ssim, spearman } = golden['random-logit'];
      const maps = gxi();
      for (const [i, first] of maps.entries()) {
        const found = await explain(inputs[i] as Float32Array, other[i]);
        const pair = { first, second: sumOverChannels(found), width };
        expectClose(RANDOM_LOGIT.random_logit_ssim(pair), ssim[i]);
        expectClose(RANDOM_LOGIT.random_logit_spearman(pair), spearman[i]);
      }
      const { relative_rise: rises } = golden['emprt-ingredient'];
      for (const [i, second] of random().entries()) {
        expectClose(efficientMprt(maps[i] as Float32Array, second), rises[i]);
      }
    });

    it.runIf(set === 'small')('what smooth randomisation is made of: means over noisy copies', async () => {
      const noises = rowsOf('small', 'smooth-noise.npy');
      const expected = golden['smoothmprt-ingredient'];
      for (const [i, smooth] of rowsOf(net, 'smooth-gxi.npy').entries()) {
        const mean = new Float64Array(smooth.length);
        for (const noise of noises) {
          const noisy = (inputs[i] as Float32Array).map((value, at) => value + (noise[at] as number));
          const found = await explain(noisy, golden.targets[i]);
          sumOverChannels(found).forEach((value, place) => {
            mean[place] = (mean[place] as number) + value / noises.length;
          });
        }
        const pair = { first: mean, second: random()[i] as Float32Array, width };
        expectClose(SIMILARITIES.spearman(pair), expected.spearman_with_random[i]);
        expectClose(SIMILARITIES.spearman_absolute(pair), expected.spearman_abs[i]);
      }
    });
  });
});

function chunks(all: Float32Array, size: number): Float32Array[] {
  return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));
}
