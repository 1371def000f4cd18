import { ENGINES } from '../engine/engines.js';
import type { Units } from '../input/units.js';
import { createFill } from '../perturbation/fills.js';
import { createPerturber, type Perturber } from '../perturbation/perturber.js';
import { randomStream } from '../random.js';
import { interleave, median, medianRatio, processorTime } from './clock.js';
import { type MeasuredNetwork, noiseInput, regionsOf } from './measured-network.js';

/** Perturbing one image region by region on one thread, with every state run as a whole and with only what changed. */
export interface PerturbationCosts {
  /** Side of a region, and number of steps: what was asked for, or less where the input is too small. */
  readonly region: number;
  readonly steps: number;
  /** What `auto` chooses for this network. */
  readonly inference: 'full' | 'incremental';
  readonly fullStepsPerSecond: number;
  readonly stepsPerSecond: number;
  /** Time of full inference over that of what `auto` chooses. */
  readonly incrementalSpeedup: number;
  /** Seconds by number of steps. */
  readonly growth: readonly { readonly steps: number; readonly full: number; readonly auto: number }[];
}

const SHARES_OF_STEPS = [0.1, 0.25, 0.5, 1];

export async function measurePerturbation(
  measured: MeasuredNetwork,
  wanted: { readonly region: number; readonly steps: number },
  repeats: number,
): Promise<PerturbationCosts> {
  const { network } = measured;
  const engine = ENGINES[measured.engine];
  const { region, units } = regionsOf(network, wanted.region);
  const steps = Math.min(wanted.steps, units.count);
  const full = await createPerturber(engine, network, { units, inference: 'full' });
  const auto = await createPerturber(engine, network, { units });
  const run = walker(measured, units);
  for (const perturber of [full, auto]) await run(perturber, 1);
  const growth = [];
  const all = { full: [] as number[], auto: [] as number[] };
  for (const length of lengths(steps)) {
    const seconds = await interleave(
      {
        full: processorTime(() => run(full, length)),
        auto: processorTime(() => run(auto, length)),
      },
      length === steps ? repeats : 1,
    );
    growth.push({ steps: length, full: median(seconds.full), auto: median(seconds.auto) });
    Object.assign(all, seconds);
  }
  await full.release();
  await auto.release();
  return {
    region,
    steps,
    inference: auto.plan.inference,
    fullStepsPerSecond: steps / median(all.full),
    stepsPerSecond: steps / median(all.auto),
    incrementalSpeedup: medianRatio(all.full, all.auto),
    growth,
  };
}

/** Replaces the first regions of a random order, as one trajectory. */
function walker(measured: MeasuredNetwork, units: Units) {
  const { range } = measured;
  const input = noiseInput(measured);
  const order = randomStream('order').permutation(units.count);
  const fill = createFill('uniform', { range, seed: 1, imageId: 'noise', input, units });
  return (perturber: Perturber, steps: number) =>
    perturber.logits(input, [{ order: order.subarray(0, steps), repeat: 0 }], fill);
}

function lengths(steps: number): number[] {
  return [...new Set(SHARES_OF_STEPS.map((share) => Math.max(1, Math.round(share * steps))))];
}
