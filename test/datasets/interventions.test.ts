import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '../../src/datasets/boxes.js';
import { openDataset, readSampleBoxes } from '../../src/datasets/open.js';
import { prepareSample } from '../../src/datasets/prepare.js';
import type { Session } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { loadNetworkConfig } from '../../src/experiment/config.js';
import { loadModel } from '../../src/experiment/model.js';
import { floatTensor } from '../../src/graph/tensor.js';

const folder = fileURLToPath(new URL('../../datasets/sample', import.meta.url));
const SIDE = 128;
const PLACES = SIDE * SIDE;

interface Picture {
  label: number;
  input: Float32Array;
  box: Box;
}

let pictures: Picture[];
beforeAll(async () => {
  const dataset = await openDataset({
    type: 'voc',
    year: 2007,
    split: 'test',
    root: join(folder, 'VOCdevkit'),
    labels: join(folder, 'classes.txt'),
  });
  const { preprocessing, network } = await loadModel(await loadNetworkConfig(join(folder, 'network.yaml')));
  pictures = [];
  for (const sample of dataset.samples) {
    const boxes = await readSampleBoxes(dataset, sample);
    const [box] = boxes as [Box];
    // Of an image with several objects of its class, covering one would not take the class away.
    if (boxes.length > 1) continue;
    const { input } = await prepareSample(sample.path, preprocessing, network.inputShape);
    pictures.push({ label: box.label, input, box });
  }
});

/** The places of a box, whole pixels. */
function* placesOf({ left, top, right, bottom }: Box): Generator<number> {
  for (let y = Math.floor(top); y < Math.ceil(bottom); y++)
    for (let x = Math.floor(left); x < Math.ceil(right); x++) yield y * SIDE + x;
}

/** The scene, with middle grey where the box is, or what another image has there. */
function replaced(scene: Float32Array, box: Box, by?: Float32Array): Float32Array {
  const image = scene.slice();
  for (const place of placesOf(box))
    for (let c = 0; c < 3; c++) image[c * PLACES + place] = by?.[c * PLACES + place] ?? 0;
  return image;
}

/** Object and scene are taken apart and put together anew: what the class scores say then needs no heatmap. */
describe.each(['network', 'transformer'])('the sample, by intervention on %s', (name) => {
  let logitsOf: (images: readonly Float32Array[]) => Promise<Float32Array[]>;
  let session: Session;
  beforeAll(async () => {
    const { network } = await loadModel(await loadNetworkConfig(join(folder, `${name}.yaml`)));
    session = await onnxruntime.load(network.graph);
    logitsOf = async (images) => {
      const data = new Float32Array(images.length * 3 * PLACES);
      for (const [i, image] of images.entries()) data.set(image, i * 3 * PLACES);
      const { logits } = await session.run({ input: floatTensor([images.length, 3, SIDE, SIDE], data) });
      const all = logits?.data as Float32Array;
      return images.map((_, i) => all.subarray(i * 10, (i + 1) * 10));
    };
  });

  afterAll(() => session.release());

  /** Share of pictures whose own class still scores above zero, the network's yes. */
  const shares = async (
    own: readonly Picture[],
    change: (picture: Picture, index: number) => Float32Array,
  ) => {
    const logits = await logitsOf(own.map(change));
    return logits.filter((scores, i) => (scores[own[i]?.label as number] as number) > 0).length / own.length;
  };
  const covered = ({ input, box }: Picture) => replaced(input, box);
  /** The object on a scene that several classes share, whose own object is covered. */
  const moved = ({ input, box, label }: Picture, index: number) => {
    const others = pictures.filter((other) => other.label >= 5 && other.label !== label);
    const { input: scene, box: place } = others[index % others.length] as Picture;
    return replaced(replaced(scene, place), box, input);
  };

  it('classes of a scene need the scene and no object', async () => {
    const own = pictures.filter(({ label }) => label < 5);
    expect(await shares(own, covered)).toBeGreaterThan(0.95);
    expect(await shares(own, moved)).toBe(0);
  });

  it('classes of an object need the object, on whatever shared scene', async () => {
    const own = pictures.filter(({ label }) => label >= 5);
    expect(await shares(own, covered)).toBe(0);
    expect(await shares(own, moved)).toBeGreaterThan(0.9);
  });
});
