import { z } from 'zod';
import type { CsvRow } from '../../../files/csv.js';
import { divisionOf } from '../../../input/kinds.js';
import { ACCURACY_METRICS } from '../../../metrics/accuracy.js';
import { AOPC_METRICS } from '../../../metrics/aopc.js';
import { describeFill } from '../../../perturbation/fills.js';
import { type ExplainedClass, ownUnits } from '../explained-class.js';
import type { Family, Found } from '../family.js';
import { groupBy, methodTable } from '../rows.js';
import { ACCURACY, accuracyTable } from './accuracy.js';
import { aopcBounds } from './bounds.js';
import { checkCount, checkFill, checkRemoval, checkScored, checkSteps } from './check.js';
import {
  ORDER_KINDS,
  type Order,
  type PerturbationConfig,
  perturbationSchema,
  scoredSteps,
} from './config.js';
import { curveFigures } from './figures.js';
import { type Perturbed, readCurves } from './part.js';
import { type Curves, type PerturbedImage, perturbImage } from './perturb.js';
import { rankingsOf } from './rankings.js';
import { ratioTable, SHARE } from './ratios.js';
import { type PerturbationSections, reportTables, terminalNotes, terminalTable } from './tables.js';

const schema = perturbationSchema
  .optional()
  .describe('region perturbation, with AOPC as its result; none without this key');

const WORD_TIES = 'words of equal relevance in the order of the text, in LeRF, too';

const curve = z.array(z.array(z.number())).optional();
const byOrder = z.strictObject({ morf: curve, lerf: curve, insertion: curve } satisfies Record<
  Order,
  unknown
>);

/** The columns of aopc.csv. */
function columnsOf({ accuracy }: PerturbationConfig): string[] {
  return (accuracy ? [...AOPC_METRICS, ...ACCURACY_METRICS] : AOPC_METRICS).map(({ id }) => id);
}

/** Region perturbation (Samek et al. 2017, arXiv 1509.06321): how fast the score falls as relevant regions are replaced. */
export const perturbation: Family<
  'perturbation',
  typeof schema,
  Curves,
  Perturbed,
  PerturbationSections,
  'curves'
> = {
  key: 'perturbation',
  schema,
  recordKey: 'curves',
  recorded: byOrder.extend({ right: byOrder.optional() }),
  recordedOfImage: { bounds: z.array(z.looseObject({ lower: z.number(), upper: z.number() })).optional() },
  metrics: [...AOPC_METRICS, ...ACCURACY_METRICS],
  classes: 'followed',
  needsClasses: ({ target, accuracy }) => target === 'true' || accuracy === true,
  needsMeanInput: ({ fill }) => fill === 'constant',
  describe: (config, networks) => ({
    ...config,
    ...divisionOf(config.region).record(new Map(networks.map(({ name, network }) => [name, network.layout]))),
    draw: describeFill(config.fill),
    aopc: 'mean over k = 0..L of f(x(0)) - f(x(k)), divisor L + 1, k = 0 counts',
    ...(scoredSteps(config) && {
      unscored: 'scores of steps that are not scored lie on a line between those that are',
    }),
    ties: config.region === 'word' ? WORD_TIES : 'regions of equal relevance by index',
    randomNumbers:
      'Philox4x32-10 keyed by (seed, image, repeat, region); the same fills for all methods of an image',
  }),
  derived: ['grid'],
  check(config, networks, asked) {
    checkRemoval(config, asked);
    checkScored(config);
    for (const network of networks) {
      checkFill(network, config);
      checkSteps(network, config);
    }
  },

  async measure(explained, config) {
    const { perturber, image } = perturbed(explained, config);
    if (!image.units.layout.text || config.bounds) checkCount(image.units, `image ${image.imageId}`, config);
    const curves = await perturbImage(perturber, image, explained.maps);
    return {
      explanations: explained.maps.map(({ method }) => curves.get(method)),
      ...(config.bounds && { image: { bounds: await aopcBounds(perturber, image, config.bounds) } }),
    };
  },
  read: readCurves,

  values: ({ metrics }) => metrics,
  ranked: ['aopc_morf', 'aopc_lerf', 'abpc', 'insertion_auc'],
  /** The same as aopc_morf, times L + 1. */
  ungated: ['aopc_morf_sum'],
  sections: ['methods', 'rankings', 'ratios', 'accuracyBySteps'],
  summarise({ rows, statistics, config }) {
    const measured = rows.map((row) => ({ ...row, part: row.part.metrics }));
    return {
      methods: methodTable(measured, [...AOPC_METRICS, ...ACCURACY_METRICS], statistics.bootstrap),
      rankings: rankingsOf(measured, statistics),
      ratios: ratioTable(measured, statistics.bootstrap),
      accuracyBySteps: accuracyTable(rows, statistics.bootstrap, scoredSteps(config)),
    };
  },
  lists: [
    {
      file: 'curves.csv',
      columns: ({ accuracy }) => ['order', 'repeat', 'step', 'score', ...(accuracy ? ['right'] : [])],
      lines: curveLines,
    },
  ],
  tables: [
    { file: 'aopc.csv', section: 'methods', keys: ['method', 'images'], metrics: columnsOf },
    {
      file: 'ratios.csv',
      section: 'ratios',
      keys: ['method', 'reference', 'images'],
      metrics: () => [SHARE],
      main: SHARE,
    },
    {
      file: 'accuracy.csv',
      section: 'accuracyBySteps',
      asked: ({ accuracy }) => accuracy === true,
      keys: ['method', 'order', 'step', 'images'],
      metrics: () => [ACCURACY],
      main: ACCURACY,
    },
  ],

  figures: curveFigures,
  words: wordsOf,
  report: reportTables,
  terminal: terminalTable,
  notes: terminalNotes,
};

/** The image as it is perturbed, and what computes its logits. */
export function perturbed(
  { request, prepared, score, isRight, meanInput, instruments }: ExplainedClass,
  config: PerturbationConfig,
) {
  const { units, perturber } = instruments.regions(config.region, ownUnits(request.id, prepared));
  const image: PerturbedImage = {
    units,
    prepared,
    imageId: request.id,
    config,
    score,
    ...(config.accuracy && { isRight }),
    meanInput,
  };
  return { perturber, image };
}

function* curveLines({ right, ...curves }: Curves): Generator<CsvRow<string>> {
  for (const order of ORDER_KINDS) {
    for (const [repeat, scores] of (curves[order] ?? []).entries()) {
      for (const [step, score] of scores.entries())
        yield { order, repeat, step, score, right: right?.[order]?.[repeat]?.[step] };
    }
  }
}

/** What is done with the regions, by order. */
const ORDERS = {
  morf: { done: 'replaced', order: 'most relevant first (MoRF)' },
  lerf: { done: 'replaced', order: 'least relevant first (LeRF)' },
  insertion: { done: 'put back', order: 'most relevant first (insertion)' },
} as const;

/** "replaced most relevant first (MoRF) and least relevant first (LeRF), and put back most relevant first (insertion)". */
function doneIn(orders: PerturbationConfig['orders']): string {
  const byDeed = groupBy(
    orders.map((order) => ORDERS[order]),
    ({ done }) => done,
  );
  const deeds = [...byDeed].map(([done, own]) => `${done} ${own.map(({ order }) => order).join(' and ')}`);
  return deeds.join(', and ');
}

function wordsOf({ config, networks, called, scoreOf }: Found<PerturbationConfig, Perturbed>): string[] {
  const { region, steps, regionsPerStep, orders, fill, repeats } = config;
  const scored = scoredSteps(config);
  const followed = new Set(networks.map((network) => scoreWords(scoreOf(network), config)));
  const pace = regionsPerStep === 1 ? 'one after the other' : `${regionsPerStep} at a time`;
  return [
    `${divisionOf(region).words(called)} were ${doneIn(orders)}: ${pace}, in ${steps} steps${scored ? `, of which ${scored.length} were scored; scores in between are interpolated` : ''}.`,
    `What replaced them (fill ${fill}): ${describeFill(fill)}; ${repeats} ${repeats === 1 ? 'draw' : 'draws'} for each ${called.sample}.`,
    `The score followed is ${[...followed].join(' and ')}.`,
    'AOPC is the mean over k = 0..L of f(x(0)) − f(x(k)), with divisor L + 1. MoRF: higher is better; LeRF: lower; ABPC, their difference: higher.',
    'Methods are tied where a paired permutation test, corrected after Holm, does not separate them.',
  ];
}

/** "the logit of the predicted class"; of a network of one output, what that is called. */
function scoreWords(score: string, { output, target }: PerturbationConfig): string {
  return score === output ? `the ${output} of the ${target} class` : `the only output (${score})`;
}
