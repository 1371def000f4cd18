import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareSample, prepareTensor } from '../../src/datasets/prepare.js';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';
import { InputError } from '../../src/errors.js';
import { writeNpy } from '../../src/files/npy.js';
import { jpeg, makeTree } from './tree.js';

const data = Float32Array.of(1, -2, 3, 4, 5, 6);

describe('prepareTensor', () => {
  it('takes an array of the input shape, with or without a batch dimension', () => {
    const root = makeTree({ 'a.npy': writeNpy([2, 3], data), 'b.npy': writeNpy([1, 2, 3], data) });
    expect(prepareTensor(join(root, 'a.npy'), [2, 3])).toEqual(data);
    expect(prepareTensor(join(root, 'b.npy'), [2, 3])).toEqual(data);
  });

  it.each([
    [[3, 2], /shape of the input \(.*a.npy\): expected 3 x 2, got 2 x 3/],
    [[6], /expected 6, got 2 x 3/],
  ])('refuses it for a network of input %j', (shape, message) => {
    const root = makeTree({ 'a.npy': writeNpy([2, 3], data) });
    expect(() => prepareTensor(join(root, 'a.npy'), shape)).toThrow(message);
  });

  it('brings an image with channels last into the order of the network', () => {
    const root = makeTree({ 'a.npy': writeNpy([1, 3, 2], data) });
    expect([...prepareTensor(join(root, 'a.npy'), [2, 1, 3])]).toEqual([1, 3, 5, -2, 4, 6]);
  });

  it('refuses numbers that are not finite', () => {
    const root = makeTree({ 'a.npy': writeNpy([2], Float32Array.of(0, Number.NaN)) });
    expect(() => prepareTensor(join(root, 'a.npy'), [2])).toThrow(
      /expected finite numbers, got NaN at element 1/,
    );
  });
});

describe('prepareSample', () => {
  it('takes arrays without preprocessing and images with it', async () => {
    const root = makeTree({ 'a.npy': writeNpy([2, 3], data), 'b.jpg': await jpeg(4, 4) });
    expect(await prepareSample(join(root, 'a.npy'), undefined, [2, 3])).toEqual({
      input: data,
      range: expect.anything(),
    });
    const image = await prepareSample(join(root, 'b.jpg'), preprocessingSchema.parse({}), [3, 4, 4]);
    expect([image.input.length, image.pixels?.length, image.placement?.scaleX]).toEqual([48, 48, 1]);
    await expect(prepareSample(join(root, 'b.jpg'), undefined, [3, 4, 4])).rejects.toThrow(InputError);
  });
});
