import { ENGINES, type EngineName } from '../engine/engines.js';
import { InputError } from '../errors.js';
import { createExplainers } from '../explain/explainer.js';
import { layerTable } from '../import/inspect.js';
import type { Network } from '../import/network.js';
import { interleave, median, medianRatio, processorTime } from './clock.js';
import { inputBatch, type MeasuredNetwork } from './measured-network.js';
import { largeConvolution, matrixProduct, type PeakWork } from './peak.js';

/** What one image costs on one thread. */
export interface PassCosts {
  readonly forwardMs: number;
  /** An explanation by each method, forward pass included, as a multiple of the forward pass alone. */
  readonly sensitivityForwards: number;
  /** Null where the network takes no such method: LRP says nothing of attention, norms and gates. */
  readonly alphaBetaForwards: number | null;
  readonly epsilonPlusForwards: number | null;
  readonly attnlrpForwards: number;
  /** Multiply-adds a second of the forward pass, as a share of the peak. */
  readonly peakShare: number;
  /** Multiply-adds a second of a large matrix product or of a large convolution, in the fastest round. */
  readonly peak: number;
}

const METHODS = {
  sensitivityForwards: 'sensitivity-l2',
  alphaBetaForwards: 'lrp-alpha2-beta1',
  epsilonPlusForwards: 'epsilon-plus',
  attnlrpForwards: 'attnlrp',
} as const;

/** The rules for LRP that a network takes: alpha 2 beta 1, or those of transformers. */
export async function relevanceMethodOf({ network, engine }: MeasuredNetwork): Promise<string> {
  const usual = await explainersFor(METHODS.alphaBetaForwards, network, engine, 1);
  await usual?.release();
  return usual ? METHODS.alphaBetaForwards : METHODS.attnlrpForwards;
}

/** Undefined where the network does not take the method. */
async function explainersFor(method: string, network: Network, engine: EngineName, batch: number) {
  try {
    return await createExplainers(ENGINES[engine], network, [method], { batch });
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Measures a forward pass, explanations and the machine's peak side by side, `batch` images at a time. */
export async function measurePasses(
  measured: MeasuredNetwork,
  batch: number,
  repeats: number,
): Promise<PassCosts> {
  const { network } = measured;
  const engine = ENGINES[measured.engine];
  const { feeds, requests } = inputBatch(measured, batch);
  const session = await engine.load(network.graph);
  const product = await matrixProduct(engine);
  const convolution = await largeConvolution(engine);
  const work = batch * layerTable(network).multiplyAdds;
  const ratios: Partial<Record<keyof typeof METHODS, number | null>> = {};
  const forwards: number[] = [];
  let peak = 0;
  for (const [name, method] of Object.entries(METHODS) as [keyof typeof METHODS, string][]) {
    const explainer = await explainersFor(method, network, measured.engine, batch);
    if (!explainer) {
      ratios[name] = null;
      continue;
    }
    const seconds = await interleave(
      {
        product: processorTime(product.run),
        convolution: processorTime(convolution.run),
        forward: processorTime(() => session.run(feeds)),
        explanation: processorTime(() => explainer.explain(requests)),
      },
      repeats,
    );
    await explainer.release();
    ratios[name] = medianRatio(seconds.explanation, seconds.forward);
    forwards.push(...seconds.forward);
    const rates = (work: PeakWork, taken: readonly number[]) => taken.map((time) => work.multiplyAdds / time);
    peak = Math.max(peak, ...rates(product, seconds.product), ...rates(convolution, seconds.convolution));
  }
  for (const each of [session, product, convolution]) await each.release();
  const forward = median(forwards);
  return {
    forwardMs: (1000 * forward) / batch,
    ...(ratios as Pick<PassCosts, keyof typeof METHODS>),
    peakShare: work / forward / peak,
    peak,
  };
}
