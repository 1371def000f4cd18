import { cpus, loadavg, totalmem } from 'node:os';
import { ENGINES, type EngineName } from '../engine/engines.js';
import type { NetworkConfig } from '../experiment/config.js';
import { layerTable } from '../import/inspect.js';
import { version } from '../version.js';
import { loadMeasured, type MeasuredNetwork } from './measured-network.js';
import { measureMemory } from './memory.js';
import { measureOcclusion, type OcclusionCosts } from './occlusion.js';
import { measurePasses, type PassCosts } from './passes.js';
import { measurePerturbation, type PerturbationCosts } from './perturbation.js';
import { measureScaling } from './scaling.js';
import { measureSizes, type SizeCost } from './sizes.js';
import { measureTorch, type TorchCosts } from './torch/torch.js';
import { measureUnits, type UnitCosts } from './units.js';
import { createWorkload } from './workload.js';

export interface BenchOptions {
  /** What computes. */
  readonly engine: EngineName;
  /** Measures less of everything, so that the numbers are rough. */
  readonly quick: boolean;
  /** Measures PyTorch beside heatproof. */
  readonly torch: boolean;
  /** What is perturbed, otherwise than by default. */
  readonly wanted: Partial<Pick<Effort, 'region' | 'steps'>>;
  /** Told what is measured next. */
  onProgress(note: string): void;
}

/** How much of everything is measured. */
export interface Effort {
  /** Rounds, whose median is taken. */
  readonly repeats: number;
  /** Images of a forward pass and of an explanation. */
  readonly batch: number;
  readonly region: number;
  /** Steps of a perturbation. */
  readonly steps: number;
  /** Images of a run, and steps that each is perturbed by. */
  readonly images: number;
  readonly stepsOfImages: number;
}

const THOROUGH: Effort = { repeats: 5, batch: 4, region: 9, steps: 100, images: 4, stepsOfImages: 25 };
const QUICK: Effort = { repeats: 1, batch: 2, region: 9, steps: 10, images: 2, stepsOfImages: 4 };

/** What a network costs. Times are processor time of one thread; ratios are medians over rounds. */
export interface NetworkBench
  extends Omit<PassCosts, 'peak'>,
    Omit<PerturbationCosts, 'growth'>,
    OcclusionCosts,
    Omit<UnitCosts, 'growth'> {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly parameters: number;
  /** Multiply-adds of a forward pass of one image. */
  readonly multiplyAdds: number;
  /** Images that two workers finish in the time in which one finishes one, by time on the wall. */
  readonly workerScaling: number;
  /** Peak of a run with two workers: physical memory, and as the system counts it for the process. */
  readonly peakMemoryMB: number;
  readonly peakResidentMB: number;
  readonly torch?: TorchCosts;
  /** How cost grows. */
  readonly growth: {
    readonly images: UnitCosts['growth'];
    readonly steps: PerturbationCosts['growth'];
    readonly sizes: readonly SizeCost[];
  };
}

export interface BenchReport {
  readonly heatproof: string;
  readonly engine: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGB: number;
    /** Multiply-adds a second at best, on one thread: of a large matrix product or convolution. */
    readonly multiplyAddsPerSecond: number;
    /** Processes that wanted a core, over the last minute: before and after. Beyond 0 before, others disturbed. */
    readonly load: readonly [number, number];
  };
  readonly effort: Effort;
  readonly networks: readonly NetworkBench[];
}

/**
 * Measures networks one after the other.
 * @throws InputError for a broken network, or where the engine or PyTorch is missing
 */
export async function benchmark(
  configs: readonly (NetworkConfig & { name: string })[],
  options: BenchOptions,
): Promise<BenchReport> {
  const usual = { ...(options.quick ? QUICK : THOROUGH), ...options.wanted };
  const effort = { ...usual, stepsOfImages: Math.min(usual.stepsOfImages, usual.steps) };
  const engine = ENGINES[options.engine];
  await engine.ready();
  const before = loadavg()[0] as number;
  const networks: NetworkBench[] = [];
  const peaks: number[] = [];
  for (const config of configs) {
    const { peak, ...network } = await measureNetwork(
      await loadMeasured(config, options.engine),
      effort,
      options,
    );
    networks.push(network);
    peaks.push(peak);
  }
  return {
    heatproof: version,
    engine: engine.name,
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGB: Math.round(totalmem() / 2 ** 30),
      multiplyAddsPerSecond: Math.max(...peaks),
      load: [before, loadavg()[0] as number],
    },
    effort,
    networks,
  };
}

async function measureNetwork(
  measured: MeasuredNetwork,
  effort: Effort,
  { torch, onProgress }: BenchOptions,
): Promise<NetworkBench & { peak: number }> {
  const { name, network } = measured;
  const { batch, repeats, images, region, stepsOfImages } = effort;
  const next = <T>(what: string, measurement: Promise<T>) => {
    onProgress(`${name}: ${what}`);
    return measurement;
  };
  const workload = await createWorkload(measured, images, { region, steps: stepsOfImages });
  try {
    // Memory first, while this process holds little itself.
    const memory = await next('memory', measureMemory(workload));
    const passes = await next('forward passes and explanations', measurePasses(measured, batch, repeats));
    const perturbation = await next('perturbation', measurePerturbation(measured, effort, repeats));
    const occlusion = await next('occlusion', measureOcclusion(measured, repeats));
    const { growth: imagesGrowth, ...units } = await next('whole images', measureUnits(workload));
    const workerScaling = await next('workers', measureScaling(workload, repeats));
    const sizes = await next('input sizes', measureSizes(measured, repeats));
    const { growth: steps, ...perturbed } = perturbation;
    return {
      name,
      inputShape: network.inputShape,
      parameters: network.parameters,
      multiplyAdds: layerTable(network).multiplyAdds,
      ...passes,
      ...perturbed,
      ...occlusion,
      ...units,
      workerScaling,
      peakMemoryMB: memory.physicalMB,
      peakResidentMB: memory.residentMB,
      ...(torch && { torch: await next('PyTorch', measureTorch(measured, batch, repeats)) }),
      growth: { images: imagesGrowth, steps, sizes },
    };
  } finally {
    await workload.remove();
  }
}
