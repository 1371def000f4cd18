import { type AopcBounds, searchAopcBounds } from '../../../metrics/aopc-bounds.js';
import type { Evaluator } from '../../../perturbation/evaluator.js';
import { createFill } from '../../../perturbation/fills.js';
import { round } from '../measures.js';
import { fillContext, type PerturbedImage, scoreCurves } from './perturb.js';

/**
 * By repeat: the least and the greatest AOPC that any order of an image's regions reaches over the experiment's steps,
 * searched with a beam ({@link searchAopcBounds}).
 */
export async function aopcBounds(
  perturber: Evaluator,
  image: PerturbedImage,
  beam: number,
): Promise<AopcBounds[]> {
  const { units, config } = image;
  const context = fillContext(image);
  const fill = createFill(config.fill, context);
  const found: AopcBounds[] = [];
  for (let repeat = 0; repeat < config.repeats; repeat++) {
    const { lower, upper } = await searchAopcBounds(units.count, config.steps, beam, async (sets) => {
      const trajectories = sets.map((set) => ({
        order: Int32Array.from(set),
        repeat,
        regionsPerStep: Math.max(1, set.length),
      }));
      const curves = await scoreCurves(perturber, image, context.input, fill, trajectories);
      return curves.map(({ scores }) => scores.at(-1) as number);
    });
    found.push({ lower: round(lower), upper: round(upper) });
  }
  return found;
}
