import type { GraphBuilder } from '../../graph/builder.js';
import { floatTensor, sizeOf } from '../../graph/tensor.js';

/** A value with its spatial size. */
export interface Plane {
  readonly name: string;
  readonly size: readonly number[];
}

/** The positions `start`, `start + step`, ... of an axis; what lies outside of it is zero. */
export interface View {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** All positions of an axis. */
export function whole(count: number): View {
  return { start: 0, step: 1, count };
}

/** Shifts and scales, written as depthwise convolutions: runtimes do them in the layout of the convolutions around. */
export function depthwise(builder: GraphBuilder, channels: number) {
  const filters = (key: string, dims: readonly number[], place: number, weight: number) =>
    builder.constant(() => {
      const data = new Float32Array(channels * sizeOf(dims));
      for (let channel = 0; channel < channels; channel++) data[channel * sizeOf(dims) + place] = weight;
      return floatTensor([channels, ...dims], data);
    }, `${key}:${channels}x${dims}@${place}:${weight}`);

  return {
    /** A part of a plane, one view an axis, times `weight`. */
    part({ name, size }: Plane, views: readonly View[], weight = 1): string {
      const axes = views.map((view, axis) => windowsOf(view, size[axis] as number));
      if (weight === 1 && axes.every(({ identical }) => identical)) return name;
      const kernel = axes.map((axis) => axis.kernel);
      const place = axes.reduce((at, { kernel, tap }) => at * kernel + tap, 0);
      const weights = filters('tap', [1, ...kernel], place, weight);
      return builder.add('Conv', [name, weights], {
        kernel_shape: kernel,
        strides: views.map(({ step }) => step),
        pads: [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)],
        dilations: kernel.map(() => 1),
        group: channels,
      });
    },
    /** weight * value + bias, for values of `rank` spatial axes. */
    affine(value: string, rank: number, weight: number, bias = 0): string {
      const kernel = new Array<number>(rank).fill(1);
      const inputs = [value, filters('tap', [1, ...kernel], 0, weight)];
      if (bias !== 0) inputs.push(filters('bias', [], 0, bias));
      return builder.add('Conv', inputs, {
        kernel_shape: kernel,
        strides: kernel,
        pads: [...kernel, ...kernel].map(() => 0),
        dilations: kernel,
        group: channels,
      });
    },
  };
}

/** The smallest window over `size` numbers that, reading only its `tap`-th, gives the view; padding is zero. */
function windowsOf({ start, step, count }: View, size: number) {
  const before = Math.max(-start, 0);
  const tap = Math.max(start, 0);
  // From the first window's first number to the last one's.
  const reach = step * (count - 1);
  // A larger window where there would be more than `count` of them.
  const kernel = Math.max(tap + 1, before + size - reach - (step - 1));
  const after = Math.max(reach + kernel - before - size, 0);
  return { before, after, tap, kernel, identical: start === 0 && step === 1 && count === size };
}
