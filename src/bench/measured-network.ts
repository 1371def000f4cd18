import { channelRange } from '../datasets/preprocessing.js';
import type { EngineName } from '../engine/engines.js';
import type { NetworkConfig } from '../experiment/config.js';
import { loadModel, refuseWords } from '../experiment/model.js';
import { floatTensor, sizeOf } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import { divisionOf } from '../input/kinds.js';
import { layoutOf } from '../input/layout.js';
import type { ChannelRange } from '../input/range.js';
import type { Units } from '../input/units.js';
import { randomStream } from '../random.js';

/** A network under measurement, and what computes it. */
export interface MeasuredNetwork {
  readonly name: string;
  readonly network: Network;
  readonly engine: EngineName;
  /** What it was loaded from. */
  readonly config: NetworkConfig & { readonly name: string };
  /** Range of its input: the image range where the descriptor says it, -1 to 1 otherwise. */
  readonly range: ChannelRange;
}

/** @throws InputError when a file is missing or broken */
export async function loadMeasured(
  config: NetworkConfig & { name: string },
  engine: EngineName,
): Promise<MeasuredNetwork> {
  const model = await loadModel(config);
  refuseWords(model);
  const { name, network, preprocessing } = model;
  const { channels } = layoutOf(network.inputShape);
  const everywhere = (value: number) => new Array<number>(channels).fill(value);
  const range = preprocessing
    ? channelRange(preprocessing)
    : { low: everywhere(-1), high: everywhere(1), mean: everywhere(0) };
  return { name, network, engine, config, range };
}

/** The i-th of any number of inputs: uniform noise over the range of the first channel. */
export function noiseInput({ network, range }: MeasuredNetwork, index = 0): Float32Array {
  const { low, high } = range;
  return randomStream('noise', index).uniforms(sizeOf(network.inputShape), low[0], high[0]);
}

/** Square regions of a network's input: of the side that is wanted, or less where the input is too small. */
export function regionsOf({ inputShape }: Network, wanted: number): { region: number; units: Units } {
  const layout = layoutOf(inputShape);
  const region = Math.min(wanted, ...layout.heatmapShape);
  return { region, units: divisionOf(region).units(layout) };
}

/** A batch of inputs, as a network's feed and as requests to explain their first class. */
export function inputBatch(measured: MeasuredNetwork, batch: number) {
  const { inputShape } = measured.network;
  const size = sizeOf(inputShape);
  const input = floatTensor([batch, ...inputShape], new Float32Array(batch * size));
  const requests = Array.from({ length: batch }, (_, i) => {
    input.data.set(noiseInput(measured, i), i * size);
    return { id: String(i), input: input.data.subarray(i * size, (i + 1) * size), target: 0 };
  });
  return { feeds: { input }, requests };
}
