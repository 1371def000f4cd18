import { describe, expect, it } from 'vitest';
import { GATED_METRICS } from '../../src/gate/metrics.js';
import { readRun } from '../../src/gate/snapshot.js';
import { writeResults } from '../../src/results/results.js';
import { directoryOf, experimentOf, explanationOf, unitOf } from '../results/hand-made.js';

describe('what a gate keeps of a run', () => {
  it('the values of every metric that has a place, the score and the share of relevance that is kept', async () => {
    const units = [
      unitOf('a', {
        explanations: [
          explanationOf('random', {
            curves: { morf: [[4, 3]] },
            relevance: { sum: 0, absolute: 1 },
            sanity: { stages: [{ layers: 1, layer: 'fc', similarity: { spearman: 1 } }], metrics: {} },
          }),
          explanationOf('lrp-zplus', {
            score: 4,
            relevance: { sum: 1, absolute: 9, start: 4 },
            curves: { morf: [[4, 1]], lerf: [[4, 4]] },
            boxes: { outside_inside: 0.5, mean_outside: 1, mean_inside: 2 },
            complexity: { entropy: 1 / 3, png_kb: 2, image_entropy: 3 },
            robustness: { infidelity: 5 },
          }),
        ],
      }),
    ];
    const experiment = experimentOf({
      methods: ['random', 'lrp-zplus'],
      perturbation: { region: 1, steps: 1 },
      boxes: {},
      complexity: true,
      robustness: {},
      sanity: {},
    });
    const directory = directoryOf(experiment, units);
    await writeResults(directory);
    const { snapshot } = await readRun(directory.path);
    const head = { network: 'net', image: 'a', class: 'cat' };
    expect(snapshot.rows).toEqual([
      {
        ...head,
        method: 'lrp-zplus',
        values: {
          score: 4,
          conservation: 0.25,
          aopc_morf: 1.5,
          aopc_lerf: 0,
          abpc: 1.5,
          // The random order keeps 3 where this one keeps 1.
          aopc_morf_vs_random: 1,
          aopc_morf_relative: 0.375,
          deletion_auc: 2.5,
          outside_inside: 0.5,
          entropy: 0.333333,
          png_kb: 2,
          image_entropy: 3,
          infidelity: 5,
        },
      },
      {
        ...head,
        method: 'random',
        values: {
          score: 4,
          aopc_morf: 0.5,
          aopc_morf_vs_random: 0,
          aopc_morf_relative: 0.125,
          deletion_auc: 3.5,
        },
      },
    ]);
  });

  it('knows every metric by name, label and direction', () => {
    expect([...GATED_METRICS.keys()]).toEqual([
      ...['aopc_morf', 'aopc_lerf', 'abpc', 'aopc_morf_vs_random', 'aopc_morf_relative', 'deletion_auc'],
      ...['insertion_auc', 'aopc_morf_normalised', 'aopc_lerf_normalised', 'accuracy_morf', 'accuracy_lerf'],
      ...['outside_inside', 'inside_total'],
      ...[
        'weighted_inside_total',
        'mass_accuracy',
        'rank_accuracy',
        'pointing_game',
        'iou',
        'pixel_accuracy',
      ],
      ...['pixel_auc', 'pixel_average_precision', 'top_100_intersection', 'entropy', 'gini'],
      ...['top_1_percent', 'top_5_percent', 'top_10_percent'],
      ...['effective_complexity', 'effective_complexity_relative', 'png_kb', 'jpeg_kb', 'image_entropy'],
      ...['average_drop', 'average_increase', 'average_gain', 'sensitivity_n'],
      ...[1, 5, 20, 50, 80].map((percent) => `sensitivity_n_${percent}_percent`),
      ...['faithfulness_correlation', 'irof', 'monotonicity', 'monotonicity_correlation', 'saco'],
      ...['completeness_gap', 'comprehensiveness', 'sufficiency', 'road'],
      ...['morf', 'lerf'].flatMap((order) =>
        [20, 40, 60, 80].map((percent) => `road_${order}_${percent}_percent`),
      ),
      ...['infidelity', 'infidelity_scaled', 'max_sensitivity', 'max_sensitivity_relative'],
      ...['average_sensitivity', 'local_lipschitz'],
      ...['relative_input_stability_largest', 'relative_input_stability_median'],
      ...['relative_output_stability_largest', 'relative_output_stability_median'],
      ...['relative_representation_stability_largest', 'relative_representation_stability_median'],
      ...['mprt', 'smooth_mprt', 'efficient_mprt', 'random_logit_spearman', 'random_logit_ssim'],
      ...['ssim_to_input', 'ssim_to_edges'],
    ]);
    expect(GATED_METRICS.get('deletion_auc')).toMatchObject({ label: 'Deletion AUC', direction: 'lower' });
  });
});
