import { infidelity, type Perturbed, scaledInfidelity } from './infidelity.js';
import { maxSensitivity, relativeMaxSensitivity } from './max-sensitivity.js';
import type { Metric, Numbers } from './metric.js';
import {
  averageSensitivity,
  type Explained,
  largest,
  localLipschitz,
  median,
  overSameClass,
  relativeInputStability,
  relativeOutputStability,
  relativeRepresentationStability,
} from './stability.js';

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
  /** The same with inputs, logits and representations, that of the image itself first. */
  around: readonly [Explained, ...Explained[]] | undefined;
}

const YEH = 'Yeh et al. 2019, arXiv 1901.09392';
const AGARWAL = 'Agarwal et al. 2022, arXiv 2203.06877';

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
  {
    id: 'average_sensitivity',
    label: 'Average sensitivity',
    direction: 'lower',
    source: YEH,
    of: ({ heatmap, nearby }) => nearby && averageSensitivity(heatmap, nearby),
  },
  {
    id: 'local_lipschitz',
    label: 'Local Lipschitz estimate',
    direction: 'lower',
    source: 'Alvarez-Melis and Jaakkola 2018, arXiv 1806.08049',
    of: ({ around }) => around && localLipschitz(around[0], around.slice(1)),
  },
  ...Object.entries({
    input: { label: 'Relative input stability', measure: relativeInputStability },
    output: { label: 'Relative output stability', measure: relativeOutputStability },
    representation: {
      label: 'Relative representation stability',
      measure: relativeRepresentationStability,
    },
  }).flatMap(([of, { label, measure }]) =>
    Object.entries({ largest, median }).map(
      ([name, over]): Metric<Probed> => ({
        id: `relative_${of}_stability_${name}`,
        label: `${label}, ${name}`,
        direction: 'lower',
        source: AGARWAL,
        of: ({ around }) => around && over(overSameClass(around[0], around.slice(1), measure)),
      }),
    ),
  ),
];
