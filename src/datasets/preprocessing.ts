import { z } from 'zod';
import type { ChannelRange } from '../input/range.js';

const extent = z.number().int().min(1).max(4096);
const finite = z.number().finite();
const numberOrList = z.union([finite, z.array(finite).min(1)]);

/** A number, or a quotient of two such as `1/255`. */
const factor = z.union([
  z.number().positive().finite(),
  z
    .string()
    .regex(/^\d+(\.\d+)?\/\d+(\.\d+)?$/, 'a number, or a quotient such as 1/255')
    .transform((text, context) => {
      const [numerator, denominator] = text.split('/').map(Number) as [number, number];
      const quotient = numerator / denominator;
      if (quotient > 0 && Number.isFinite(quotient)) return quotient;
      context.addIssue({ code: 'custom', message: 'expected a quotient above 0' });
      return z.NEVER;
    }),
]);

/** What keys are where a config says nothing. */
interface Base {
  readonly resize?: { shortest: number };
  readonly crop?: number;
  readonly channels: 'rgb' | 'bgr' | 'grey';
  readonly scale: number;
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
}

const USUAL = { channels: 'rgb', scale: 1, mean: 0, std: 1 } as const satisfies Base;

/** Preprocessing under a name; keys that stand beside it take the place of its own. */
const PRESETS = {
  /** torchvision's for networks trained on ImageNet: `IMAGENET1K_V1` weights with crops of 224. */
  torchvision: {
    resize: { shortest: 256 },
    crop: 224,
    channels: 'rgb',
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
} satisfies Record<string, Base>;

/**
 * From pixels to network input: net[c] = (pixel * scale - mean[c]) / std[c], with c in the network's channel order.
 * `resize` warps to [width, height] or scales the shorter side; without it and without `crop` the image is warped to
 * the network's input. `crop` cuts a centred square, offset rounded down as in Caffe, and pads with black where the
 * image is smaller. One `mean` or `std` holds for every channel.
 */
export const preprocessingSchema = z
  .strictObject({
    preset: z
      .enum(Object.keys(PRESETS) as (keyof typeof PRESETS)[])
      .optional()
      .describe(
        'torchvision: shorter side to 256, crop 224, scale 1/255, the mean and std of ImageNet; other keys take the place of its own',
      ),
    resize: z
      .union([z.tuple([extent, extent]), z.strictObject({ shortest: extent })])
      .optional()
      .describe(
        '[width, height] warps, {shortest: n} scales the shorter side; default without crop: the network input',
      ),
    crop: extent.optional().describe('side of the centred square that is cut out'),
    channels: z
      .enum(['rgb', 'bgr', 'grey'])
      .optional()
      .describe('channel order of the network')
      .meta({ default: USUAL.channels }),
    scale: factor
      .optional()
      .describe(
        'what pixel values in 0..255 are multiplied with, before mean and std: a number, or a quotient such as 1/255; 1 by default',
      ),
    mean: numberOrList
      .optional()
      .describe('subtracted: one number, or one a channel in the network’s order')
      .meta({ default: USUAL.mean }),
    std: z
      .union([z.number().positive().finite(), z.array(z.number().positive().finite()).min(1)])
      .optional()
      .describe('divided by: one number, or one a channel in the network’s order')
      .meta({ default: USUAL.std }),
  })
  .transform(({ preset, ...given }, context) => {
    const base: Base = preset ? PRESETS[preset] : USUAL;
    const { resize = base.resize, crop = base.crop, channels = base.channels, scale = base.scale } = given;
    const count = channelCount(channels);
    const expand = (key: 'mean' | 'std'): number[] => {
      const value = given[key] ?? base[key];
      const list = typeof value === 'number' ? [value] : [...value];
      if (list.length === count) return list;
      if (list.length === 1) return new Array<number>(count).fill(list[0] as number);
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `expected one number or ${count} (one per ${channels} channel), got ${list.length}`,
      });
      return z.NEVER;
    };
    const geometry = { ...(resize && { resize }), ...(crop !== undefined && { crop }) };
    return { ...geometry, channels, scale, mean: expand('mean'), std: expand('std') };
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
