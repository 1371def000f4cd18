import { pasteUnit, placesOf, unitRelevance } from '../../../input/units.js';
import { descending } from '../../../metrics/descending.js';
import * as formulas from '../../../metrics/faithfulness.js';
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
