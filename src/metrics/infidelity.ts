import { assertSameLength, finite, type Numbers } from './metric.js';
import { mean } from './statistics.js';

/** One perturbed input x - I and what became of the score. */
export interface Perturbed {
  /** I: what was subtracted from the input, in the shape of the relevance. */
  perturbation: Numbers;
  /** f(x - I). */
  score: number;
}

/** What the relevance predicts and what really happened, one entry a perturbation. */
interface Changes {
  predicted: Float64Array;
  actual: Float64Array;
}

/**
 * Infidelity: the mean over perturbations I of (I . R - (f(x) - f(x - I)))^2 (Yeh et al. 2019, arXiv
 * 1901.09392). 0 for a relevance that predicts every change; lower is better; in the square of the score's
 * unit. Undefined without perturbations.
 * @param score f(x)
 */
export function infidelity(
  relevance: Numbers,
  score: number,
  perturbed: readonly Perturbed[],
): number | undefined {
  return squaredError(changes(relevance, score, perturbed), 1);
}

/**
 * {@link infidelity} of the relevance times the factor that suits it best, sum(predicted actual) /
 * sum(predicted^2), so that methods are not judged by their scale. Undefined where the relevance predicts no
 * change at all.
 */
export function scaledInfidelity(
  relevance: Numbers,
  score: number,
  perturbed: readonly Perturbed[],
): number | undefined {
  const found = changes(relevance, score, perturbed);
  const factor = finite(dot(found.predicted, found.actual) / dot(found.predicted, found.predicted));
  return factor === undefined ? undefined : squaredError(found, factor);
}

function changes(relevance: Numbers, score: number, perturbed: readonly Perturbed[]): Changes {
  return {
    predicted: Float64Array.from(perturbed, ({ perturbation }) => dot(perturbation, relevance)),
    actual: Float64Array.from(perturbed, (after) => score - after.score),
  };
}

function squaredError({ predicted, actual }: Changes, factor: number): number | undefined {
  return mean(predicted.map((value, i) => (factor * value - (actual[i] as number)) ** 2));
}

function dot(a: Numbers, b: Numbers): number {
  assertSameLength('perturbation and relevance', a, b);
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number);
  return total;
}
