import { describe, expect, it } from 'vitest';
import type { Line } from '../../src/explain/composites.js';
import { readNpy } from '../../src/files/npy.js';
import { createLayerExplainer } from '../../src/library/layer.js';
import { loadNetwork } from '../../src/library/network.js';
import { relativeError } from '../explain/networks.js';
import { hasShared, needsShared, shared } from '../shared.js';

const IMAGES = 10;
const DESCRIPTORS = 1570;
const DIMENSIONS = 768;

const fisher = (...path: string[]) => shared('fisher-vector', ...path);
const golden = (name: string) => readNpy(fisher('golden', name)).data;

/** Row i of an array with one row an image. */
function rowOf<T extends Float32Array>(all: T, i: number): T {
  const size = all.length / IMAGES;
  return all.subarray(i * size, (i + 1) * size) as T;
}

/** The published rule, from the score to the descriptors' mappings. */
const published = (epsilon: number, bias: Pick<Line, 'bias'>): Line[] => [
  { match: { op: 'Gemm' }, rule: 'epsilon-0', ...bias },
  { match: { op: 'AveragePool' }, rule: 'proportional', stabiliser: epsilon, zeros: 'spread' },
  { match: {}, rule: 'pass' },
];

const COMPOSITES = {
  'r2.eps-1e-6': published(1e-6, { bias: 'spread' }),
  'r2.eps-0.01': published(0.01, { bias: 'spread' }),
  'r2-no-bias.eps-1e-6': published(1e-6, {}),
  'r2-no-bias.eps-0.01': published(0.01, {}),
};

/**
 * How near float32 comes. With epsilon 1e-6 terms of both signs cancel: 1e-3 is what the reference allows, and for image 2
 * its own last step, in float64 on onnxruntime's float32 mapping, is off by 8e-4. Of image 0, the posteriors of five
 * descriptors are off by up to 1e-3 in onnxruntime on the original file, too: x^2 B + x A + c cancels there.
 */
function toleranceOf(name: string, image: number): number {
  if (name.endsWith('1e-6')) return image === 2 ? 1.5e-3 : 1e-3;
  return image === 0 ? 5e-4 : 5e-6;
}

describe.skipIf(!hasShared)(`Fisher vectors by the published rule${needsShared}`, () => {
  it.each(['fisher.onnx', 'fisher-div.onnx'])('%s: dimensions, descriptors', async (file) => {
    const network = await loadNetwork({ weights: fisher(file) });
    const options = { composites: COMPOSITES };
    const names = Object.keys(COMPOSITES);
    const ofDimensions = await createLayerExplainer(network, ['r2.eps-1e-6'], 'phi', options);
    const ofDescriptors = await createLayerExplainer(network, names, 'mapping', options);
    const descriptors = readNpy(fisher('descriptors.npy')).data;
    const images = file === 'fisher.onnx' ? IMAGES : 1;
    for (let image = 0; image < images; image++) {
      const input = rowOf(descriptors, image).slice();
      const [dimensions] = await ofDimensions.explain(input, { target: image });
      const off = relativeError(dimensions?.relevance ?? [], rowOf(golden('r3.npy'), image));
      expect(off, `R(3) of image ${image}`).toBeLessThan(image === 0 ? 5e-5 : 2e-6);
      expect(relativeError(dimensions?.logits ?? [], rowOf(golden('scores.npy'), image))).toBeLessThan(2e-5);
      for (const { method, relevance } of await ofDescriptors.explain(input, { target: image })) {
        const found = sumsOf(relevance);
        const wanted = rowOf(golden(`${method}.npy`), image);
        expect(relativeError(found, wanted), `${method} of image ${image}`).toBeLessThan(
          toleranceOf(method, image),
        );
      }
    }
    await ofDimensions.release();
    await ofDescriptors.release();
  });
});

/** The relevance of each descriptor: over its dimensions, in float64. */
function sumsOf(relevance: Float32Array): Float64Array {
  const sums = new Float64Array(DESCRIPTORS);
  for (let i = 0; i < relevance.length; i++) {
    const l = Math.floor(i / DIMENSIONS);
    sums[l] = (sums[l] as number) + (relevance[i] as number);
  }
  return sums;
}
