import { expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { slic } from '../../src/explain/attributions/slic.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { labOf } from '../../src/input/lab.js';
import { layoutOf } from '../../src/input/layout.js';
import { NetworkBuilder, networkFrom, numbers } from './networks.js';

const layout = layoutOf([3, 32, 32]);
const places = 1024;

/** Red on the left of column 13, blue on the right, both uneven; channels in this order. */
function picture(order: readonly number[]): Float32Array {
  const noise = numbers(places, 'noise');
  const image = new Float32Array(3 * places);
  for (let place = 0; place < places; place++) {
    const left = place % 32 < 13;
    const shade = 0.8 + 0.02 * (noise[place] as number);
    [left ? shade : 0.1, 0.2, left ? 0.1 : shade].forEach((value, c) => {
      image[(order[c] as number) * places + place] = value;
    });
  }
  return image;
}

function labPicture(image: Float32Array): Float64Array {
  const lab = new Float64Array(image.length);
  for (let place = 0; place < places; place++) {
    const [red = 0, green = 0, blue = 0] = [0, 1, 2].map((c) => image[c * places + place] as number);
    labOf(red, green, blue).forEach((value, c) => {
      lab[c * places + place] = value;
    });
  }
  return lab;
}

test.each([
  ['white', [1, 1, 1], [100, 0, 0]],
  ['black', [0, 0, 0], [0, 0, 0]],
  ['red', [1, 0, 0], [53.24, 80.09, 67.2]],
  ['blue', [0, 0, 1], [32.3, 79.19, -107.86]],
  ['grey', [0.5, 0.5, 0.5], [53.39, 0, 0]],
] as const)('%s in CIE Lab, as in any table', (_, rgb, lab) => {
  labOf(...(rgb as [number, number, number])).forEach((value, i) => {
    expect(value).toBeCloseTo(lab[i] as number, 1);
  });
});

test('superpixels keep to edges, hang together, cover everything, and are about as many as wanted', () => {
  const labels = slic(labPicture(picture([0, 1, 2])), layout, 20);
  const count = Math.max(...labels) + 1;
  expect(count).toBeGreaterThan(12);
  expect(count).toBeLessThan(30);
  for (let label = 0; label < count; label++) {
    const own = Array.from({ length: places }, (_, place) => place).filter(
      (place) => labels[place] === label,
    );
    expect(own.length).toBeGreaterThan(0);
    // None lies on both sides of the edge.
    expect(new Set(own.map((place) => place % 32 < 13)).size).toBe(1);
    const reached = new Set([own[0] as number]);
    for (const place of reached) {
      for (const next of [
        place - 32,
        place + 32,
        ...(place % 32 ? [place - 1] : []),
        ...(place % 32 < 31 ? [place + 1] : []),
      ]) {
        if (labels[next] === label) reached.add(next);
      }
    }
    expect(reached.size).toBe(own.length);
  }
});

test('a flat image gives squares; one superpixel is possible', () => {
  const flat = slic(new Float64Array(3 * places).fill(50), layout, 16);
  const sizes = Array.from({ length: 16 }, (_, label) => flat.filter((one) => one === label).length);
  expect(sizes.reduce((a, b) => a + b, 0)).toBe(places);
  expect(Math.min(...sizes)).toBeGreaterThan(40);
  expect(Math.max(...slic(new Float64Array(3 * places), layout, 1))).toBe(0);
});

test('values of superpixels sum to what the logit lost; the order of channels counts', async () => {
  const network = new NetworkBuilder([3, 32, 32]);
  const graph = network.build(
    network.gemm(network.reshape(network.input, [3 * places]), [Array.from(numbers(3 * places, 'w'))]),
  );
  const explained = async (order: readonly number[], channels: 'rgb' | 'bgr') => {
    const composites = { mine: { id: 'kernel-shap', slic: 20, samples: 100 } };
    const set = await createExplainers(onnxruntime, networkFrom(graph), ['mine'], {
      composites,
      channels,
      low: [0],
      high: [1],
    });
    const [[found] = []] = await set.explain([{ id: 'x', input: picture(order), target: 0 }]);
    await set.release();
    return found;
  };
  const rgb = await explained([0, 1, 2], 'rgb');
  expect(rgb?.relevance.reduce((a, b) => a + b, 0)).toBeCloseTo(rgb?.expected as number, 3);
  // Equal numbers in equal places: the same superpixels.
  const sharedBy = (values: ArrayLike<number> = []) =>
    Array.from(values, (value) => Array.from(values).indexOf(value));
  const bgr = await explained([2, 1, 0], 'bgr');
  expect(sharedBy(bgr?.relevance)).toEqual(sharedBy(rgb?.relevance));
});

test('superpixels of a signal are refused', async () => {
  const network = new NetworkBuilder([2, 8]);
  const graph = network.build(
    network.gemm(network.reshape(network.input, [16]), [Array.from(numbers(16, 'w'))]),
  );
  const loading = createExplainers(onnxruntime, networkFrom(graph), ['mine'], {
    composites: { mine: { id: 'lime', slic: 4 } },
  });
  await expect(loading).rejects.toThrow(
    'superpixels of lime (network test): expected an image, got an input of shape [2,8]',
  );
});
