import { z } from 'zod';
import type { ChannelRange } from '../input/range.js';

const extent = z.number().int().min(1).max(4096);
const finite = z.number().finite();
const numberOrList = z.union([finite, z.array(finite).min(1)]);

/**
 * From pixels to network input: net[c] = (pixel * scale - mean[c]) / std[c], with c in the network's channel order.
 * `resize` warps to [width, height] or scales the shorter side; without it and without `crop` the image is warped to
 * the network's input. `crop` cuts a centred square, offset rounded down as in Caffe, and pads with black where the
 * image is smaller. One `mean` or `std` holds for every channel.
 */
export const preprocessingSchema = z
  .strictObject({
    resize: z
      .union([z.tuple([extent, extent]), z.strictObject({ shortest: extent })])
      .optional()
      .describe(
        '[width, height] warps, {shortest: n} scales the shorter side; default without crop: the network input',
      ),
    crop: extent.optional().describe('side of the centred square that is cut out'),
    channels: z.enum(['rgb', 'bgr', 'grey']).default('rgb').describe('channel order of the network'),
    scale: z
      .number()
      .positive()
      .finite()
      .default(1)
      .describe('what pixel values in 0..255 are multiplied with, before mean and std'),
    mean: numberOrList.default(0).describe('subtracted: one number, or one a channel in the network’s order'),
    std: z
      .union([z.number().positive().finite(), z.array(z.number().positive().finite()).min(1)])
      .default(1)
      .describe('divided by: one number, or one a channel in the network’s order'),
  })
  .transform(({ mean, std, ...rest }, context) => {
    const channels = channelCount(rest.channels);
    const expand = (key: 'mean' | 'std', value: number | number[]): number[] => {
      const list = typeof value === 'number' ? [value] : value;
      if (list.length === channels) return list;
      if (list.length === 1) return new Array<number>(channels).fill(list[0] as number);
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `expected one number or ${channels} (one per ${rest.channels} channel), got ${list.length}`,
      });
      return z.NEVER;
    };
    return { ...rest, mean: expand('mean', mean), std: expand('std', std) };
  });

export type Preprocessing = z.output<typeof preprocessingSchema>;

/** What pixel values 0 and 255 become, and the mean pixel: the one that preprocessing subtracts, so it becomes 0. */
export function channelRange(preprocessing: Preprocessing): ChannelRange {
  const net = (pixel: number) => preprocessing.mean.map((_, c) => toNetwork(preprocessing, pixel, c));
  return { low: net(0), high: net(255), mean: preprocessing.mean.map(() => 0) };
}

/** The network's value for a pixel value in 0..255 at channel c. */
export function toNetwork({ scale, mean, std }: Preprocessing, pixel: number, c: number): number {
  return (pixel * scale - (mean[c] as number)) / (std[c] as number);
}

/** Number of channels that a network with this channel order reads. */
export function channelCount(channels: 'rgb' | 'bgr' | 'grey'): number {
  return channels === 'grey' ? 1 : 3;
}
