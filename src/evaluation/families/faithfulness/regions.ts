import { cutUnit, pasteUnit, placesOf, unitRelevance } from '../../../input/units.js';
import { descending } from '../../../metrics/descending.js';
import * as formulas from '../../../metrics/faithfulness.js';
import { ERASER_PERCENTS } from '../../../metrics/faithfulness-metrics.js';
import { mean } from '../../../metrics/statistics.js';
import { createFill, type FillContext, insertion } from '../../../perturbation/fills.js';
import type { MethodMap } from '../explained-class.js';
import { meanInput, replaceUnits } from './changes.js';
import type { Probe, ProbedImage } from './probe.js';

/** Regions are removed by their mean relevance, so that larger ones are not first because they are large. */
export const irof: Probe = {
  words:
    'regions by descending mean relevance become the mean of each channel of the image, one after the other',
  ofProbability: true,
  prepare: ({ input, layout, regions, probability }) => ({
    own({ values }) {
      const means = unitRelevance(values, regions).map((sum, unit) => sum / placesOf(regions, unit));
      return replaceUnits(input, descending(means), meanInput(input, layout), regions);
    },
    measure: (_, { own }) => ({ irof: formulas.irof(own.map(probability)) }),
  }),
};

export const monotonicity: Probe = {
  words: 'all regions are 0 first, and are put back from least to most relevant, one after the other',
  ofProbability: true,
  prepare: (image) => {
    const { input, regions, probability } = image;
    const context = fillContext(image);
    const { input: start } = insertion(context, createFill('zero', context), 0);
    return {
      own({ values }) {
        const least = descending(unitRelevance(values, regions).map((sum) => -sum));
        return replaceUnits(start, least, input, regions);
      },
      measure: (_, { own }) => ({ monotonicity: formulas.monotonicity(own.map(probability)) }),
    };
  },
};

/** What is left of a text without its most relevant words, and what they are alone (DeYoung et al. 2020, section 4.1). */
export const eraser: Probe = {
  words: `the ceil(k n) most relevant of n regions become 0 (comprehensiveness), or all others do (sufficiency): loss of probability, mean over k = ${ERASER_PERCENTS.join(', ')} %`,
  prepare: ({ input, regions, probability }) => {
    const zero = new Float32Array(input.length);
    const without = (units: Iterable<number>) => {
      const changed = input.slice();
      for (const unit of units) pasteUnit(changed, regions, unit, cutUnit(zero, regions, unit));
      return changed;
    };
    return {
      *own({ values }) {
        const ranking = descending(unitRelevance(values, regions));
        for (const percent of ERASER_PERCENTS) {
          const count = Math.ceil((percent * regions.count) / 100);
          yield without(ranking.slice(0, count));
          yield without(ranking.slice(count));
        }
      },
      measure(_, { whole, own }) {
        const losses = own.map((logits) => probability(whole) - probability(logits));
        const ofKind = (kind: number) => mean(losses.filter((_, i) => i % 2 === kind));
        return { comprehensiveness: ofKind(0), sufficiency: ofKind(1) };
      },
    };
  },
};

/** The draws are those of the fill `uniform`, the same for all heatmaps. */
export const monotonicityCorrelation: Probe = {
  words:
    'each region alone is drawn anew, every number uniformly over the range of its channel; rank correlation of |relevance| with the mean of ((p - p drawn) / p)^2',
  ofProbability: true,
  prepare(image) {
    const { config, probability } = image;
    return {
      shared: drawnAnew(image),
      measure({ values }: MethodMap, { whole, shared }) {
        const relevance = unitRelevance(values, image.regions);
        const drawn = Array.from(relevance, (_, unit) =>
          shared.slice(unit * config.draws, (unit + 1) * config.draws).map(probability),
        );
        return {
          monotonicity_correlation: formulas.monotonicityCorrelation(relevance, probability(whole), drawn),
        };
      },
    };
  },
};

function fillContext({ id, input, range, regions, config }: ProbedImage): FillContext {
  return { range, seed: config.seed, imageId: id, input, units: regions };
}

function* drawnAnew(image: ProbedImage): Generator<Float32Array> {
  const { input, regions, config } = image;
  const fill = createFill('uniform', fillContext(image));
  if (!('patch' in fill)) throw new RangeError('fill uniform: expected patches');
  for (let unit = 0; unit < regions.count; unit++) {
    for (let draw = 0; draw < config.draws; draw++) {
      const changed = input.slice();
      pasteUnit(changed, regions, unit, fill.patch(draw, unit));
      yield changed;
    }
  }
}
