import { InputError } from '../../../errors.js';
import { representationOf } from '../../../explain/inner/value.js';
import { ROBUSTNESS_METRICS } from '../../../metrics/robustness.js';
import type { Family } from '../family.js';
import type { Measures } from '../measures.js';
import { methodMetrics } from '../method-metrics.js';
import { perturbation } from '../perturbation/index.js';
import type { MethodRow } from '../rows.js';
import { robustnessSchema } from './config.js';
import { robustnessMeasures } from './probe.js';

const schema = robustnessSchema
  .optional()
  .describe('infidelity and max-sensitivity; not measured without this key');

/** Whether relevance predicts what removing regions does, and how much heatmaps move with the input (Yeh et al. 2019). */
export const robustness: Family<
  'robustness',
  typeof schema,
  Measures,
  Measures,
  { readonly robustness: readonly MethodRow[] }
> = {
  ...methodMetrics('robustness', 'Robustness of the explanations', ROBUSTNESS_METRICS),
  schema,
  classes: 'followed',
  ranked: [
    'infidelity_scaled',
    'max_sensitivity_relative',
    'relative_input_stability_median',
    'relative_output_stability_median',
    'relative_representation_stability_median',
  ],
  describe: (config, networks) => ({
    ...config,
    infidelity:
      'mean over random sets of regions of (relevance of the set - loss of score without it)^2; sizes uniform from 1 to all replaced regions',
    maxSensitivity:
      'largest l2 distance between heatmaps over inputs drawn uniformly from the cube of radius x image range; file: methods have none',
    stability:
      'relative input, output and representation stability and the local Lipschitz estimate over the same inputs; the relative ones over those of the same class, quotients by element, 0 in a denominator as 1e-6',
    representation: Object.fromEntries(
      networks.map(({ name, network }) => [name, representationOf(network)?.name ?? 'none']),
    ),
  }),
  check({ removals }, _, asked) {
    if (removals > 0 && !asked(perturbation)) {
      throw new InputError("robustness.removals: expected 'perturbation' (its regions and fill), got none");
    }
  },
  async measure(explained, config) {
    return { explanations: await robustnessMeasures(explained, config) };
  },
};
