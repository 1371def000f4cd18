import type { Sample } from '../datasets/dataset.js';
import { type Task, unitKey } from '../evaluation/unit.js';
import type { Experiment } from '../experiment/config.js';
import type { Model } from '../experiment/model.js';

/** Images whose relevance is followed layer by layer, for run.json. */
const CHECKED_IMAGES = 2;

/** The units of an experiment: network by network, the chosen samples in their order. */
export function planTasks(
  { heatmaps, sanity }: Experiment,
  models: readonly Model[],
  samples: readonly Sample[],
  chosen: readonly string[],
): Task[] {
  const indices = new Map(samples.map(({ id }, index) => [id, index]));
  return models.flatMap(({ name }, network) =>
    chosen.map((id, position) => ({
      key: unitKey(name, id),
      network,
      sample: indices.get(id) as number,
      keepHeatmaps: position < heatmaps,
      checkConservation: position < CHECKED_IMAGES,
      checkSanity: position < (sanity?.images ?? 0),
    })),
  );
}
