import { describe, expect, it } from 'vitest';
import { channelRange, preprocessingSchema } from '../../src/datasets/preprocessing.js';

describe('preprocessingSchema', () => {
  it('takes one number for all channels or one a channel', () => {
    expect(preprocessingSchema.parse({ mean: 128, std: [1, 2, 3] })).toEqual({
      channels: 'rgb',
      scale: 1,
      mean: [128, 128, 128],
      std: [1, 2, 3],
    });
    expect(preprocessingSchema.parse({ channels: 'grey', mean: [5] })).toMatchObject({ mean: [5], std: [1] });
  });

  it.each([
    ['a misspelt key', { meen: 1 }, 'meen'],
    ['two means', { mean: [1, 2] }, 'expected one number or 3 (one per rgb channel), got 2'],
    ['three means for grey', { channels: 'grey', mean: [1, 2, 3] }, 'got 3'],
    ['std 0', { std: 0 }, 'std'],
    ['std NaN', { std: Number.NaN }, 'std'],
    ['scale 0', { scale: 0 }, 'scale'],
    ['a resize to nothing', { resize: [0, 256] }, 'resize'],
    ['a resize bomb', { resize: { shortest: 1e6 } }, 'resize'],
    ['a crop of a fraction', { crop: 22.4 }, 'crop'],
    ['unknown channels', { channels: 'rgba' }, 'channels'],
  ])('refuses %s', (_, config, message) => {
    const result = preprocessingSchema.safeParse(config);
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error?.issues)).toContain(message);
  });
});

describe('scale and preset', () => {
  const TORCHVISION = {
    resize: { shortest: 256 },
    crop: 224,
    channels: 'rgb',
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  };

  it('a scale may be a quotient', () => {
    expect(preprocessingSchema.parse({ scale: '1/255' }).scale).toBe(1 / 255);
    expect(preprocessingSchema.parse({ scale: '2/127.5' }).scale).toBe(2 / 127.5);
    for (const scale of ['0/255', '1/0', '1/', '255', '-1/255', '1/255/2'])
      expect(preprocessingSchema.safeParse({ scale }).success, scale).toBe(false);
  });

  it('torchvision is what its networks were trained with, and its keys can be replaced', () => {
    expect(preprocessingSchema.parse({ preset: 'torchvision' })).toEqual(TORCHVISION);
    const replaced = preprocessingSchema.parse({
      preset: 'torchvision',
      resize: { shortest: 232 },
      mean: 0.5,
    });
    expect(replaced).toEqual({ ...TORCHVISION, resize: { shortest: 232 }, mean: [0.5, 0.5, 0.5] });
    expect(preprocessingSchema.safeParse({ preset: 'torchvision', channels: 'grey' }).success).toBe(false);
    // What is written into run.json is read again as it is.
    expect(preprocessingSchema.parse(replaced)).toEqual(replaced);
  });

  it('says nothing of what is not asked for', () => {
    expect(preprocessingSchema.parse({})).toEqual({
      channels: 'rgb',
      scale: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
  });
});

describe('channelRange', () => {
  it('is the image range in network-input space', () => {
    const caffe = preprocessingSchema.parse({ channels: 'bgr', mean: [104, 117, 123] });
    expect(channelRange(caffe)).toEqual({ low: [-104, -117, -123], high: [151, 138, 132], mean: [0, 0, 0] });
    const torch = preprocessingSchema.parse({ scale: 1 / 255, mean: 0.5, std: 0.25 });
    expect(channelRange(torch)).toEqual({ low: [-2, -2, -2], high: [2, 2, 2], mean: [0, 0, 0] });
  });
});
