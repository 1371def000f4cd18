import { type MetricInfo, SIGNED_UNIT_RANGE, UNIT_RANGE } from './metric.js';

const CHATTOPADHAY = 'Chattopadhay et al. 2018, arXiv 1710.11063';
const ANCONA = 'Ancona et al. 2018, arXiv 1711.06104';
const DEYOUNG = 'DeYoung et al. 2020, arXiv 1911.03429';
const RONG = 'Rong et al. 2022, arXiv 2202.00449';

/** How many of the input's places a random subset of Sensitivity-n has, in percent: the curve's points. */
export const SUBSET_PERCENTS = [1, 5, 20, 50, 80] as const;

/** How many pixels ROAD removes, in percent. */
export const ROAD_PERCENTS = [20, 40, 60, 80] as const;

/** How many units ERASER takes out or leaves alone, in percent, rounded up. */
export const ERASER_PERCENTS = [1, 5, 10, 20, 50] as const;

/** Where ROAD begins to remove. */
export const ROAD_ORDERS = { morf: 'lower', lerf: 'higher' } as const;

/** What may be listed under `faithfulness.metrics`, with the columns that it becomes; the first stands for the others. */
export const FAITHFULNESS_METRICS = {
  average: [
    { id: 'average_drop', label: 'Average drop', direction: 'lower', source: CHATTOPADHAY },
    {
      id: 'average_increase',
      label: 'Increase in confidence',
      direction: 'higher',
      share: true,
      source: CHATTOPADHAY,
    },
    {
      id: 'average_gain',
      label: 'Average gain',
      direction: 'higher',
      source: 'Zhang et al. 2024, arXiv 2301.07002',
    },
  ],
  'sensitivity-n': [
    {
      id: 'sensitivity_n',
      label: 'Sensitivity-n, mean over n',
      direction: 'higher',
      range: SIGNED_UNIT_RANGE,
      source: ANCONA,
    },
    ...SUBSET_PERCENTS.map(
      (percent): MetricInfo => ({
        id: sensitivityColumn(percent),
        label: `Sensitivity-n, n = ${percent} % of the places`,
        direction: 'higher',
        range: SIGNED_UNIT_RANGE,
        source: ANCONA,
      }),
    ),
  ],
  'faithfulness-correlation': [
    {
      id: 'faithfulness_correlation',
      label: 'Faithfulness correlation',
      direction: 'higher',
      range: SIGNED_UNIT_RANGE,
      source: 'Bhatt et al. 2020, arXiv 2005.00631',
    },
  ],
  irof: [
    {
      id: 'irof',
      label: 'IROF: area over the curve of regions removed',
      direction: 'higher',
      source: 'Rieger and Hansen 2020, arXiv 2003.08747',
    },
  ],
  monotonicity: [
    {
      id: 'monotonicity',
      label: 'Monotonicity: share of steps that do not lower the probability',
      direction: 'higher',
      range: UNIT_RANGE,
      source: 'Arya et al. 2019, arXiv 1909.03012',
    },
  ],
  'monotonicity-correlation': [
    {
      id: 'monotonicity_correlation',
      label: 'Monotonicity correlation',
      direction: 'higher',
      range: SIGNED_UNIT_RANGE,
      source: 'Nguyen and Martinez 2020, arXiv 2007.07584',
    },
  ],
  saco: [
    {
      id: 'saco',
      label: 'Salience-guided faithfulness coefficient',
      direction: 'higher',
      range: SIGNED_UNIT_RANGE,
      source: 'Wu et al. 2024, arXiv 2404.01415',
    },
  ],
  'completeness-gap': [
    {
      id: 'completeness_gap',
      label: 'Completeness gap to an input of 0',
      direction: 'lower',
      source: 'Sundararajan et al. 2017, arXiv 1703.01365',
    },
  ],
  eraser: [
    {
      id: 'comprehensiveness',
      label: 'Comprehensiveness: loss of probability without the most relevant units',
      direction: 'higher',
      range: SIGNED_UNIT_RANGE,
      source: DEYOUNG,
    },
    {
      id: 'sufficiency',
      label: 'Sufficiency: loss of probability with them alone',
      direction: 'lower',
      range: SIGNED_UNIT_RANGE,
      source: DEYOUNG,
    },
  ],
  road: [
    {
      id: 'road',
      label: 'ROAD: (LeRF - MoRF) / 2, mean probability',
      direction: 'higher',
      source: RONG,
    },
    ...Object.entries(ROAD_ORDERS).flatMap(([order, direction]) =>
      ROAD_PERCENTS.map(
        (percent): MetricInfo => ({
          id: roadColumn(order as keyof typeof ROAD_ORDERS, percent),
          label: `ROAD: still this class, ${percent} % removed, ${order === 'morf' ? 'MoRF' : 'LeRF'}`,
          direction,
          share: true,
          source: RONG,
        }),
      ),
    ),
  ],
} as const satisfies Record<string, readonly MetricInfo[]>;
export type FaithfulnessMetric = keyof typeof FAITHFULNESS_METRICS;

/** The column of one size of Sensitivity-n. */
export function sensitivityColumn(percent: number): string {
  return `sensitivity_n_${percent}_percent`;
}

/** The column of one point of ROAD's accuracy curve. */
export function roadColumn(order: keyof typeof ROAD_ORDERS, percent: number): string {
  return `road_${order}_${percent}_percent`;
}
