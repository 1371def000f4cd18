import { ENGINES } from '../engine/engines.js';
import { createExplainers } from '../explain/explainer.js';
import { interleave, medianRatio, processorTime } from './clock.js';
import { inputBatch, type MeasuredNetwork } from './measured-network.js';

/** Explaining one image by occlusion on one thread. */
export interface OcclusionCosts {
  /** Time with every window run as a whole over that with only what the windows change, where that should save enough. */
  readonly occlusionSpeedup: number;
}

/** Windows along each axis. */
const WINDOWS = 7;

export async function measureOcclusion(measured: MeasuredNetwork, repeats: number): Promise<OcclusionCosts> {
  const { network } = measured;
  const side = Math.ceil(network.layout.columns / WINDOWS);
  const composites = { windows: { id: 'occlusion', window: side, stride: side } };
  const [full, auto] = await Promise.all(
    (['full', 'auto'] as const).map((inference) =>
      createExplainers(ENGINES[measured.engine], network, ['windows'], { composites, inference }),
    ),
  );
  const { requests } = inputBatch(measured, 1);
  const seconds = await interleave(
    {
      full: processorTime(async () => full?.explain(requests)),
      auto: processorTime(async () => auto?.explain(requests)),
    },
    repeats,
  );
  await full?.release();
  await auto?.release();
  return { occlusionSpeedup: medianRatio(seconds.full, seconds.auto) };
}
