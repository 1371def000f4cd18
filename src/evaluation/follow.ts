import type { Experiment } from '../experiment/config.js';
import type { ExplainRequest } from '../explain/request.js';
import type { AopcBounds } from '../metrics/aopc-bounds.js';
import type { ExplainedMap } from './explained.js';
import { aopcBounds } from './families/bounds.js';
import { type MethodCurves, type PerturbedImage, perturbImage } from './families/perturbation.js';
import { robustnessMeasures } from './families/robustness.js';
import type { Instruments } from './instruments.js';
import type { Measures } from './measures.js';
import type { PreparedInput } from './prepare.js';
import type { Output } from './scorer.js';

/** A class of an image whose score is followed. */
export interface FollowedClass {
  readonly output: Output;
  readonly request: ExplainRequest;
  readonly prepared: PreparedInput;
  readonly maps: readonly ExplainedMap[];
  readonly meanInput: Float32Array | undefined;
}

/** What following a score gave, by method; bounds hold for all of them. */
export interface Followed {
  readonly curves?: MethodCurves;
  readonly bounds?: readonly AopcBounds[];
  readonly robustness?: ReadonlyMap<string, Measures>;
}

/** Perturbs an image in every way that the experiment asks for and reads the score of one class. */
export async function followClass(
  { perturber, units, scorer, explainers }: Instruments,
  { perturbation, robustness }: Pick<Experiment, 'perturbation' | 'robustness'>,
  { output, request, prepared, maps, meanInput }: FollowedClass,
): Promise<Followed> {
  const image: PerturbedImage | undefined = perturbation &&
    units && {
      units,
      prepared,
      imageId: request.id,
      config: perturbation,
      score: (logits) => scorer.score(logits, output),
      meanInput,
    };
  const perturbed = image && perturber ? { perturber, image } : undefined;
  const probe = { explainers, request, range: prepared.range, maps, perturbed };
  return {
    ...(perturbed && { curves: await perturbImage(perturbed.perturber, perturbed.image, maps) }),
    ...(perturbed &&
      perturbation?.bounds && {
        bounds: await aopcBounds(perturbed.perturber, perturbed.image, perturbation.bounds),
      }),
    ...(robustness && { robustness: await robustnessMeasures(probe, robustness) }),
  };
}
