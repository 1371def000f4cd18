import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evaluate } from '../evaluation/job.js';
import type { Plan } from '../evaluation/plan.js';
import { type Experiment, experimentSchema, namedMethods } from '../experiment/config.js';
import { openExperiment } from '../experiment/open.js';
import { writeNpy } from '../files/npy.js';
import { evaluateJobs, planRun } from '../run/plan.js';
import { type MeasuredNetwork, noiseInput, regionsOf } from './measured-network.js';
import { relevanceMethodOf } from './passes.js';

/** A real experiment on noise, in a temporary folder. */
export interface Workload {
  readonly experiment: Experiment;
  /** Folder for results. */
  readonly out: string;
  remove(): Promise<void>;
}

/** Explains `images` by three methods and perturbs them in both orders. */
export async function createWorkload(
  measured: MeasuredNetwork,
  images: number,
  wanted: { readonly region: number; readonly steps: number },
): Promise<Workload> {
  const { network, config, engine } = measured;
  const folder = await mkdtemp(join(tmpdir(), 'heatproof-bench-'));
  for (let i = 0; i < images; i++)
    await writeFile(join(folder, `${i}.npy`), writeNpy(network.inputShape, noiseInput(measured, i)));
  const { region, units } = regionsOf(network, wanted.region);
  const { labels: _, ...descriptor } = config;
  const { model, methods, composites, ...experiment } = experimentSchema.parse({
    name: 'bench',
    engine,
    model: descriptor,
    dataset: { type: 'tensors', root: folder },
    methods: [await relevanceMethodOf(measured), 'sensitivity-l2', 'random'],
    perturbation: { region, steps: Math.min(wanted.steps, units.count) },
    heatmaps: 0,
  });
  return {
    experiment: {
      ...experiment,
      ...namedMethods(methods, composites),
      networks: [descriptor],
      base: folder,
    },
    out: join(folder, 'results'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What the workers of a run are handed for it, and their jobs: one an image, with nothing that only a few images get. */
export async function planWorkload({ experiment, out }: Workload): Promise<{ plan: Plan; jobs: Evaluate[] }> {
  const plan = await planRun(await openExperiment(experiment), out);
  const ids = plan.dataset.samples.map(({ id }) => id);
  return { plan, jobs: evaluateJobs(plan, ids).map((job) => ({ ...job, also: [] })) };
}
