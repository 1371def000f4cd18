import { mismatch } from '../../../errors.js';
import { explainedLogit } from '../../../explain/request.js';
import { divisionOf } from '../../../input/kinds.js';
import { FAITHFULNESS_METRICS, type FaithfulnessMetric } from '../../../metrics/faithfulness-metrics.js';
import { ownUnits } from '../explained-class.js';
import type { Family } from '../family.js';
import { defined, type Measures } from '../measures.js';
import { methodMetrics } from '../method-metrics.js';
import type { MethodRow } from '../rows.js';
import { type FaithfulnessConfig, faithfulnessSchema } from './config.js';
import { average, completenessGap, road, saco } from './places.js';
import { measureProbes, type Probe } from './probe.js';
import { eraser, irof, monotonicity, monotonicityCorrelation } from './regions.js';
import { faithfulnessCorrelation, sensitivityN } from './subsets.js';

const schema = faithfulnessSchema
  .optional()
  .describe(
    'whether relevance says what the score does as parts of the input change; not measured without this key',
  );

const PROBES: Readonly<Record<FaithfulnessMetric, Probe>> = {
  average,
  'sensitivity-n': sensitivityN,
  'faithfulness-correlation': faithfulnessCorrelation,
  irof,
  monotonicity,
  'monotonicity-correlation': monotonicityCorrelation,
  saco,
  'completeness-gap': completenessGap,
  eraser,
  road,
};

/** The column that stands for each metric in a terminal, where all have no room. */
const MAIN = Object.values(FAITHFULNESS_METRICS).map(([first]) => first);

const byMethod = methodMetrics(
  'faithfulness',
  'Faithfulness of the explanations',
  Object.values(FAITHFULNESS_METRICS).flat(),
);

/** Whether relevance says what the network's score does when parts of the input are kept, removed, drawn anew or put back. */
export const faithfulness: Family<
  'faithfulness',
  typeof schema,
  Measures,
  Measures,
  { readonly faithfulness: readonly MethodRow[] }
> = {
  ...byMethod,
  schema,
  classes: 'followed',
  ranked: MAIN.map(({ id }) => id),
  images: ({ images }) => images,
  describe: (config) => ({
    ...config,
    ...Object.fromEntries(config.metrics.map((name) => [name, PROBES[name].words])),
  }),
  check({ metrics, region }, networks) {
    for (const { name, network } of networks) {
      const ofImages = metrics.filter((metric) => PROBES[metric].ofImages);
      if ((network.layout.kind === 'channels' || network.layout.text) && ofImages.length > 0) {
        throw mismatch({
          what: 'faithfulness.metrics',
          where: `network ${name}`,
          expected: 'none that needs a range of the input, since signals and texts have none',
          got: ofImages.join(', '),
        });
      }
      const ofProbability = metrics.filter((metric) => PROBES[metric].ofProbability);
      if (network.classes === 1 && ofProbability.length > 0) {
        throw mismatch({
          what: 'faithfulness.metrics',
          where: `network ${name}, which has one output`,
          expected: 'none that reads probabilities',
          got: ofProbability.join(', '),
        });
      }
      const { ofImage, units } = divisionOf(region);
      const count = ofImage ? undefined : units(network.layout).count;
      if (count !== undefined && count < 2) {
        throw mismatch({
          what: 'faithfulness.region',
          where: `network ${name}`,
          expected: 'at least 2 regions in an input',
          got: `${count} of ${JSON.stringify(region)}`,
        });
      }
    }
  },
  async measure(explained, config) {
    const { request, prepared, instruments, probability, others, isBest } = explained;
    const image = {
      id: request.id,
      input: prepared.input,
      layout: instruments.network.layout,
      range: prepared.range,
      regions: instruments.regions(config.region, ownUnits(request.id, prepared)).units,
      config,
      logit: (logits: Float32Array) => explainedLogit(request, logits),
      probability,
      others,
      isBest,
    };
    const values = await measureProbes(explained, image, probesOf(config));
    return { explanations: values.map((own) => defined(Object.entries(own))) };
  },
  terminal({ faithfulness: rows }) {
    const measured = MAIN.filter(({ id }) => rows.some(({ metrics }) => metrics[id]));
    return { rows, columns: measured.map(({ id }) => ({ id, title: id })), intervals: false };
  },
};

function probesOf({ metrics }: FaithfulnessConfig): Probe[] {
  return [...new Set(metrics)].map((name) => PROBES[name]);
}
