import { familiesOf } from '../evaluation/families/of-experiment.js';
import type { Evaluate } from '../evaluation/job.js';
import { meanInputs } from '../evaluation/mean-input.js';
import type { Plan } from '../evaluation/plan.js';
import { referenceInputs } from '../evaluation/references.js';
import { unitKey } from '../evaluation/unit.js';
import type { Experiment } from '../experiment/config.js';
import type { OpenExperiment } from '../experiment/open.js';

/** Images whose relevance is followed layer by layer, for run.json. */
const CHECKED_IMAGES = 2;

/** How many images, the first ones of a run, get each extra. */
function extrasOf(experiment: Experiment): (readonly [extra: string, images: number])[] {
  const sampled = familiesOf(experiment).flatMap(({ family: { key, images }, config }) => {
    const count = images?.(config);
    return count === undefined ? [] : [[key, count] as const];
  });
  return [['heatmaps', experiment.heatmaps], ['conservation', CHECKED_IMAGES], ...sampled];
}

/** Makes what workers share. `heatmaps` is the folder where heatmaps are kept. */
export async function planRun(open: OpenExperiment, heatmaps: string): Promise<Plan> {
  const references = await referenceInputs(open);
  return { ...open, meanInputs: await meanInputs(open), references, heatmaps };
}

/** The jobs that evaluate samples: network by network, the samples with these ids in their order. */
export function evaluateJobs({ experiment, models, dataset }: Plan, images: readonly string[]): Evaluate[] {
  const indices = new Map(dataset.samples.map(({ id }, index) => [id, index]));
  const extras = extrasOf(experiment);
  return models.flatMap(({ name }, network) =>
    images.map((id, position): Evaluate => {
      const also = extras.filter(([, count]) => position < count).map(([extra]) => extra);
      return { kind: 'evaluate', key: unitKey(name, id), network, sample: indices.get(id) as number, also };
    }),
  );
}
