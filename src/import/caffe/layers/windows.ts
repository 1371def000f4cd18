import { mismatch } from '../../../errors.js';
import { addAveragePool, addConv, addGlobalPool, addMaxPool, type Window } from '../../canonical/windows.js';
import { Unsupported } from '../../unsupported.js';
import type { TextMessage } from '../text-format.js';
import type { LayerTable, LayerWriter } from './context.js';

const convolution: LayerWriter = (layer, writer) => {
  const parameters = layer.parameters('convolution_param');
  const [channels = 0, ...spatial] = writer.sample(layer.x);
  if (spatial.length !== 1 && spatial.length !== 2) {
    throw new Unsupported(`over ${spatial.length} spatial axes`);
  }
  if (parameters.number('axis', 1) !== 1) throw new Unsupported('over another axis than 1');
  const window = windowOf(parameters, spatial.length, layer.name);
  const group = parameters.number('group', 1);
  const filters = parameters.number('num_output', 0);
  if (!(filters >= 1 && group >= 1 && channels % group === 0 && filters % group === 0)) {
    throw mismatch({
      what: 'convolution',
      where: `layer '${layer.name}'`,
      expected: 'groups that divide channels and outputs',
      got: `${group} groups of ${channels} channels, num_output ${filters}`,
    });
  }
  const weight = layer.blob(0, [filters, channels / group, ...window.kernel], 'weights');
  const bias = parameters.boolean('bias_term', true) ? layer.blob(1, [filters], 'bias') : undefined;
  return addConv(writer, layer.x, weight, bias, { ...window, group }, layer.name);
};

/** Layers whose windows slide over space. */
export const WINDOWS: LayerTable = {
  Convolution: convolution,
  /** A fork's name for as many groups as channels. */
  DepthwiseConvolution: convolution,

  /**
   * Caffe's pooling: the number of windows is rounded up; with padding, a last window that starts beyond the input and
   * its left padding is dropped; an average divides by the positions of the window within input and padding.
   */
  Pooling: (layer, writer) => {
    const parameters = layer.parameters('pooling_param');
    const method = METHODS[parameters.string('pool') ?? 'MAX'];
    if (!method) throw new Unsupported(`by ${parameters.string('pool')}`);
    const global = parameters.boolean('global_pooling', false);
    const window = windowOf(parameters, writer.shape(layer.x).length - 2, layer.name, global ? 1 : 0);
    if (global) return addGlobalPool(writer, method, layer.x, layer.name);
    const pool = {
      ...window,
      ceil: roundsUp(parameters),
      clip: window.pads.some((pad) => pad > 0),
      countPads: true,
    };
    const add = method === 'MaxPool' ? addMaxPool : addAveragePool;
    return add(writer, layer.x, pool, layer.name);
  },
};

/** Whether the number of windows is rounded up, in the words of Caffe and of its forks. */
function roundsUp(parameters: TextMessage): boolean {
  const rounding = parameters.string('round_mode') ?? 'CEIL';
  const down = parameters.boolean('round_below', false) || !parameters.boolean('ceil_mode', true);
  return (rounding === 'CEIL' || rounding === '0') && !down;
}

/** Names and numbers of PoolMethod. */
const METHODS: Readonly<Record<string, 'MaxPool' | 'AveragePool'>> = {
  __proto__: null as never,
  MAX: 'MaxPool',
  0: 'MaxPool',
  AVE: 'AveragePool',
  1: 'AveragePool',
};

/**
 * kernel_size, stride, pad and dilation (`hole` in a fork): one number for all axes, one each, or the names for height and
 * width.
 */
function windowOf(parameters: TextMessage, axes: number, name: string, kernelSize = 0): Window {
  const list = (field: string, short: string, fallback: number): number[] => {
    const [height, width] = [`${short}_h`, `${short}_w`].map((side) => parameters.numbers(side).at(-1));
    if (axes === 2 && (height ?? width) !== undefined) return [height ?? fallback, width ?? fallback];
    const given = parameters.numbers(field);
    return given.length === axes ? given : Array.from({ length: axes }, () => given[0] ?? fallback);
  };
  const kernel = list('kernel_size', 'kernel', kernelSize);
  const strides = list('stride', 'stride', 1);
  const pads = list('pad', 'pad', 0);
  const holes = list('hole', 'hole', 1);
  const dilations = list('dilation', 'dilation', 1).map(
    (dilation, axis) => dilation * (holes[axis] as number),
  );
  const atLeast = (least: number) => (n: number) => Number.isInteger(n) && n >= least;
  if (
    ![kernel, strides, dilations].every((numbers) => numbers.every(atLeast(1))) ||
    !pads.every(atLeast(0))
  ) {
    throw mismatch({
      what: 'window',
      where: `layer '${name}'`,
      expected: 'kernel, stride and dilation of 1 and more, pad of 0 and more',
      got: `kernel [${kernel}], stride [${strides}], pad [${pads}], dilation [${dilations}]`,
    });
  }
  return { kernel, strides, dilations, pads: [...pads, ...pads] };
}
