import { infidelity, type Perturbed, scaledInfidelity } from './infidelity.js';
import { maxSensitivity, relativeMaxSensitivity } from './max-sensitivity.js';
import type { Metric, Numbers } from './metric.js';

/** What is known of one heatmap once regions were removed at random and the input was moved a little. */
export interface Probed {
  /** Relevance of every region. */
  relevance: Numbers;
  /** Score of the image itself. */
  score: number;
  /** Random sets of regions that were removed: 1 for a region of the set, 0 for another, and the score then. */
  removed: readonly Perturbed[];
  heatmap: Numbers;
  /** The heatmaps of inputs nearby; undefined where they say nothing of the method. */
  nearby: readonly Numbers[] | undefined;
}

const YEH = 'Yeh et al. 2019, arXiv 1901.09392';

/** What robustness.csv reports of every image and method. */
export const ROBUSTNESS_METRICS: readonly Metric<Probed>[] = [
  {
    id: 'infidelity',
    label: 'Infidelity',
    direction: 'lower',
    source: YEH,
    of: ({ relevance, score, removed }) => infidelity(relevance, score, removed),
  },
  {
    id: 'infidelity_scaled',
    label: 'Infidelity, best scale',
    direction: 'lower',
    source: YEH,
    of: ({ relevance, score, removed }) => scaledInfidelity(relevance, score, removed),
  },
  {
    id: 'max_sensitivity',
    label: 'Max-sensitivity',
    direction: 'lower',
    source: YEH,
    of: ({ heatmap, nearby }) => nearby && maxSensitivity(heatmap, nearby),
  },
  {
    id: 'max_sensitivity_relative',
    label: 'Max-sensitivity / norm of the heatmap',
    direction: 'lower',
    source: YEH,
    of: ({ heatmap, nearby }) => nearby && relativeMaxSensitivity(heatmap, nearby),
  },
];
