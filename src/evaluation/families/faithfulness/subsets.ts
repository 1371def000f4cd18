import { subsetCorrelation } from '../../../metrics/faithfulness.js';
import { SUBSET_PERCENTS, sensitivityColumn } from '../../../metrics/faithfulness-metrics.js';
import { meanOfRepeats } from '../../../metrics/statistics.js';
import { randomStream } from '../../../random.js';
import { constantInput, replacePlaces } from './changes.js';
import type { Logits, Probe, ProbedImage } from './probe.js';

/** Random subsets of places, of n percent of all; the same for all heatmaps, and each drawn on its own. */
export const sensitivityN: Probe = {
  words: `correlation over random subsets of ${SUBSET_PERCENTS.join(', ')} % of the places of their relevance with the loss of the logit as they become 0 (each subset drawn on its own); mean over the sizes`,
  prepare(image) {
    const { input, layout, config } = image;
    const sizes = SUBSET_PERCENTS.map((percent) => Math.max(1, Math.round((percent / 100) * layout.places)));
    const sets = sizes.map((size) => subsetsOf(image, size));
    const zero = new Float32Array(input.length);
    return {
      shared: without(image, sets.flat(), zero),
      measure({ values }, { whole, shared }) {
        const points = sets.map((own, i) => {
          const logits = shared.slice(i * config.subsets, (i + 1) * config.subsets);
          return subsetCorrelation(sumsOf(values, own), losses(image, { whole, shared: logits }));
        });
        const columns = points.map((value, i) => [sensitivityColumn(SUBSET_PERCENTS[i] as number), value]);
        return { sensitivity_n: meanOfRepeats(points), ...Object.fromEntries(columns) };
      },
    };
  },
};

/** As many places as an image is wide where it is square: 224 of 224 x 224. */
export const faithfulnessCorrelation: Probe = {
  words:
    'correlation over random subsets of as many places as the square root of all of their relevance with the loss of the logit as they become black',
  prepare(image) {
    const { input, layout, range } = image;
    const sets = subsetsOf(image, Math.round(Math.sqrt(layout.places)));
    return {
      shared: without(image, sets, constantInput(input, range.low)),
      measure: ({ values }, logits) => ({
        faithfulness_correlation: subsetCorrelation(sumsOf(values, sets), losses(image, logits)),
      }),
    };
  },
};

function* without({ input, layout }: ProbedImage, sets: readonly Uint32Array[], by: Float32Array) {
  for (const places of sets) yield replacePlaces(input, places, by, layout);
}

function subsetsOf({ id, layout, config }: ProbedImage, size: number): Uint32Array[] {
  return Array.from({ length: config.subsets }, (_, k) =>
    subset(layout.places, size, randomStream(config.seed, 'subset', id, size, k).integer),
  );
}

/** `size` of `count` numbers, every subset equally likely (Floyd; Bentley and Floyd 1987). */
function subset(count: number, size: number, integer: (index: number, count: number) => number): Uint32Array {
  const chosen = new Uint8Array(count);
  const found = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    const last = count - size + i;
    const drawn = integer(i, last + 1);
    const taken = chosen[drawn] ? last : drawn;
    chosen[taken] = 1;
    found[i] = taken;
  }
  return found;
}

function sumsOf(values: ArrayLike<number>, sets: readonly Uint32Array[]): number[] {
  return sets.map((places) => places.reduce((sum, place) => sum + (values[place] as number), 0));
}

function losses({ logit }: ProbedImage, { whole, shared }: Pick<Logits, 'whole' | 'shared'>): number[] {
  return shared.map((logits) => logit(whole) - logit(logits));
}
