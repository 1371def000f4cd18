import { descending } from '../../../metrics/descending.js';
import * as formulas from '../../../metrics/faithfulness.js';
import { type ROAD_ORDERS, ROAD_PERCENTS, roadColumn } from '../../../metrics/faithfulness-metrics.js';
import { mean } from '../../../metrics/statistics.js';
import { createFill } from '../../../perturbation/fills.js';
import type { MethodMap } from '../explained-class.js';
import { meanInput, placeUnits, replacePlaces } from './changes.js';
import type { Probe, ProbedImage } from './probe.js';

/** The image weighed by its heatmap. */
export const average: Probe = {
  words: 'the network input times the heatmap, min to max as 0 to 1',
  ofProbability: true,
  prepare: ({ input, probability, others }) => ({
    *own({ values }) {
      const weights = formulas.unitRange(values);
      yield input.map((value, i) => value * (weights[i % weights.length] as number));
    },
    measure(_, { whole, own }) {
      const read = (logits: Float32Array) => ({ own: probability(logits), others: others(logits) });
      const pair = { whole: read(whole), weighed: read(own[0] as Float32Array) };
      return {
        average_drop: formulas.averageDrop(pair),
        average_increase: formulas.averageIncrease(pair),
        average_gain: formulas.averageGain(pair),
      };
    },
  }),
};

/** Groups of places by rank; of fewer places as many as there are. */
const GROUPS = 10;

function groupsOf({ values }: MethodMap): Uint32Array[] {
  return formulas.rankGroups(values, Math.min(GROUPS, values.length));
}

export const saco: Probe = {
  words: `${GROUPS} groups of places by rank, each alone as the mean of each channel of the image; by the loss of probability`,
  ofProbability: true,
  prepare: ({ input, layout, probability }) => ({
    *own(map) {
      const by = meanInput(input, layout);
      for (const places of groupsOf(map)) yield replacePlaces(input, places, by, layout);
    },
    measure(map, { whole, own }) {
      const salience = groupsOf(map).map((places) =>
        places.reduce((total, place) => total + (map.values[place] as number), 0),
      );
      const drops = own.map((logits) => probability(whole) - probability(logits));
      return { saco: formulas.saco(salience, drops) };
    },
  }),
};

/** Heatmaps without sign hand out no score that could be complete. */
export const completenessGap: Probe = {
  words: '|sum of relevance - (z(x) - z(0))| / |z(x) - z(0)| of the explained logit z; signed heatmaps only',
  prepare: ({ input, logit }) => ({
    shared: [new Float32Array(input.length)],
    measure: ({ values, signed }, { whole, shared }) => ({
      completeness_gap: signed
        ? formulas.completenessGap(values, logit(whole), logit(shared[0] as Float32Array))
        : undefined,
    }),
  }),
};

/** The states of ROAD: by order, then by share of places. */
const ROAD_STATES = (['morf', 'lerf'] satisfies (keyof typeof ROAD_ORDERS)[]).flatMap((order) =>
  ROAD_PERCENTS.map((percent) => ({ order, percent })),
);

export const road: Probe = {
  words: `${ROAD_PERCENTS.join(', ')} % of the places by fill linear, most and least relevant first: whether the explained class is still the best, and its probability`,
  ofImages: true,
  ofProbability: true,
  prepare: (image) => ({
    own: (map) => imputed(image, map),
    measure(_, { own }) {
      const still = ROAD_STATES.map(({ order, percent }, i) => [
        roadColumn(order, percent),
        image.isBest(own[i] as Float32Array) ? 1 : 0,
      ]);
      const probabilities = (wanted: string) =>
        own.filter((_, i) => ROAD_STATES[i]?.order === wanted).map(image.probability);
      const [morf, lerf] = [mean(probabilities('morf')) as number, mean(probabilities('lerf')) as number];
      return { road: (lerf - morf) / 2, ...Object.fromEntries(still) };
    },
  }),
};

function* imputed({ id, input, range, layout, config }: ProbedImage, { values }: MethodMap) {
  const context = { range, seed: config.seed, imageId: id, input, units: placeUnits(layout) };
  const fill = createFill('linear', context);
  if (!('image' in fill)) throw new RangeError('fill linear: expected images');
  const ranking = Int32Array.from(descending(values));
  for (const { order, percent } of ROAD_STATES) {
    const ordered = order === 'morf' ? ranking : ranking.slice().reverse();
    yield fill.image(0, ordered.slice(0, Math.floor((percent / 100) * layout.places)));
  }
}
