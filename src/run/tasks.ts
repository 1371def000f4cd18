import type { Experiment } from './config.js';
import type { Model } from './model.js';
import type { Task } from './unit.js';
import type { Sample } from '../datasets/dataset.js';

/** Part `index` (from 1) of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The units of an experiment, network by network, in the order of the chosen samples. */
export function planTasks(
  { heatmaps }: Experiment,
  models: readonly Model[],
  samples: readonly Sample[],
  chosen: readonly number[],
): Task[] {
  return models.flatMap(({ name }, network) =>
    chosen.map((sample, position) => ({
      key: `${name}/${(samples[sample] as Sample).id}`,
      network,
      sample,
      keepHeatmaps: position < heatmaps,
    })),
  );
}

/** Every count-th unit, starting with the index-th. */
export function takeShard(tasks: readonly Task[], shard: Shard | undefined): Task[] {
  return tasks.filter((_, i) => !shard || i % shard.count === shard.index - 1);
}
