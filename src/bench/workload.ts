import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '../datasets/open.js';
import type { Plan } from '../evaluation/evaluator.js';
import type { Task } from '../evaluation/unit.js';
import { type Experiment, experimentSchema } from '../experiment/config.js';
import { loadModel } from '../experiment/model.js';
import { spatialOf } from '../explain/heatmap.js';
import { writeNpy } from '../files/npy.js';
import { planTasks } from '../run/plan.js';
import { shareModel } from '../run/shared-memory.js';
import { type MeasuredNetwork, noiseInput } from './measured-network.js';

/** A real experiment on noise, in a temporary folder. */
export interface Workload {
  readonly experiment: Experiment;
  /** Folder for results. */
  readonly out: string;
  remove(): Promise<void>;
}

const METHODS = ['lrp-alpha2-beta1', 'sensitivity-l2', 'random'];

/** Explains `images` by three methods and perturbs them in both orders. */
export async function createWorkload(
  measured: MeasuredNetwork,
  images: number,
  wanted: { readonly region: number; readonly steps: number },
): Promise<Workload> {
  const { network, config } = measured;
  const folder = await mkdtemp(join(tmpdir(), 'heatproof-bench-'));
  for (let i = 0; i < images; i++)
    await writeFile(join(folder, `${i}.npy`), writeNpy(network.inputShape, noiseInput(measured, i)));
  const spatial = spatialOf(network);
  const region = Math.min(wanted.region, ...spatial);
  const regions = spatial.reduce((count, side) => count * Math.floor(side / region), 1);
  const { labels: _, ...descriptor } = config;
  const { model, ...experiment } = experimentSchema.parse({
    name: 'bench',
    model: descriptor,
    dataset: { type: 'tensors', root: folder },
    methods: METHODS,
    perturbation: { region, steps: Math.min(wanted.steps, regions) },
    heatmaps: 0,
  });
  return {
    experiment: { ...experiment, networks: [descriptor] } as Experiment,
    out: join(folder, 'results'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What the workers of a run are handed for it, and the tasks that they do. */
export async function planWorkload({ experiment, out }: Workload): Promise<{ plan: Plan; tasks: Task[] }> {
  const dataset = await openDataset(experiment.dataset);
  const models = (await Promise.all(experiment.networks.map(loadModel))).map(shareModel);
  const ids = dataset.samples.map(({ id }) => id);
  const tasks = planTasks(experiment, models, dataset.samples, ids);
  const plan = { experiment, models, samples: dataset.samples, meanInputs: [], heatmaps: out };
  return { plan, tasks: tasks.map((task) => ({ ...task, checkConservation: false })) };
}
