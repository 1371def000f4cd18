import type { Engine } from '../engine/engine.js';
import { ENGINES } from '../engine/engines.js';
import { InputError } from '../errors.js';
import { floatTensor, sizeOf } from '../graph/tensor.js';
import { loadNetwork, type Network } from '../import/network.js';
import { layoutOf } from '../input/layout.js';
import { median, processorTime } from './clock.js';
import type { MeasuredNetwork } from './measured-network.js';

/** Sides of the input, as multiples of the network's own. */
const FACTORS = [0.5, 0.75, 1, 1.25, 1.5];

export interface SizeCost {
  /** Places of the input: height times width. */
  readonly places: number;
  readonly forwardMs: number;
}

/** A forward pass at other input sizes, as far as the network takes them: one with dense layers takes a single size. */
export async function measureSizes(measured: MeasuredNetwork, repeats: number): Promise<SizeCost[]> {
  const { kind, channels, heatmapShape } = layoutOf(measured.network.inputShape);
  const costs: SizeCost[] = [];
  const engine = ENGINES[measured.engine];
  if (kind === 'features') return costs;
  for (const factor of FACTORS) {
    const sides = heatmapShape.map((side) => Math.round(side * factor));
    const network = await resized(measured, [channels, ...sides]);
    if (network) costs.push({ places: sizeOf(sides), forwardMs: await forwardMs(engine, network, repeats) });
  }
  return costs;
}

/** The network for another input size. What it costs does not depend on weights: Caffe networks get new, random ones. */
async function resized(
  { config }: MeasuredNetwork,
  inputShape: readonly number[],
): Promise<Network | undefined> {
  const { weights, prototxt, output } = config;
  const files = prototxt === undefined ? { weights } : { weights: prototxt };
  try {
    return await loadNetwork({ ...files, randomWeights: 1, inputShape, ...(output && { output }) });
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

async function forwardMs(engine: Engine, { graph, inputShape }: Network, repeats: number): Promise<number> {
  const session = await engine.load(graph);
  const feeds = {
    input: floatTensor([1, ...inputShape], new Float32Array(sizeOf(inputShape)).fill(0.5)),
  };
  const measure = processorTime(() => session.run(feeds));
  const seconds = [];
  for (let i = 0; i <= repeats; i++) seconds.push(await measure());
  await session.release();
  return 1000 * median(seconds.slice(1));
}
