import { type AopcBounds, normaliseByBounds } from './aopc-bounds.js';
import { assertSameLength, finite, type Metric, type Numbers } from './metric.js';

/**
 * The AOPC family: what is read from a score curve f(x(0)), ..., f(x(L)), where x(0) is the image and x(k)
 * the image after k regions were replaced. Scores are in the unit of f (logits unless normalised). A curve
 * without entries or with a score that is not a finite number has no AOPC: the functions return undefined.
 */

/**
 * The score curves of one image and method, repeats already averaged; `random` follows a random order,
 * `insertion` puts regions back into a wholly perturbed image, most relevant first. `bounds` are those of the image,
 * over the same number of steps.
 */
export interface Curves {
  morf?: Numbers | undefined;
  lerf?: Numbers | undefined;
  random?: Numbers | undefined;
  insertion?: Numbers | undefined;
  bounds?: AopcBounds | undefined;
}

/**
 * Area over the perturbation curve: 1/(L+1) sum_{k=0..L} f(x(0)) - f(x(k)), where k = 0 counts (and adds 0).
 * Samek et al. 2017 (arXiv 1509.06321), for one image. Higher is better in MoRF order, lower in LeRF order.
 */
export function aopc(curve: Numbers): number | undefined {
  const sum = aopcSum(curve);
  return sum === undefined ? undefined : sum / curve.length;
}

/** {@link aopc} without its divisor L+1: the scale of the values plotted in arXiv 1509.06321, figure 4. */
export function aopcSum(curve: Numbers): number | undefined {
  if (curve.length === 0) return undefined;
  const start = curve[0] as number;
  let sum = 0;
  for (let k = 0; k < curve.length; k++) sum += start - (curve[k] as number);
  return finite(sum);
}

/**
 * AOPC as a function of L: entry l is the {@link aopc} of f(x(0)), ..., f(x(l)). Same length as the curve.
 */
export function aopcByStep(curve: Numbers): Float64Array {
  const start = curve[0] as number;
  let sum = 0;
  return Float64Array.from(curve, (score, k) => {
    sum += start - score;
    return sum / (k + 1);
  });
}

/**
 * Area between the perturbation curves: 1/(L+1) sum_k f(x_LeRF(k)) - f(x_MoRF(k)). Higher is better.
 * Samek et al. 2017 (arXiv 1509.06321); the "symmetric relevance gain" of Bluecher et al. 2024.
 */
export function abpc(morf: Numbers, lerf: Numbers): number | undefined {
  assertSameLength('MoRF and LeRF curve', morf, lerf);
  if (morf.length === 0) return undefined;
  let sum = 0;
  for (let k = 0; k < morf.length; k++) sum += (lerf[k] as number) - (morf[k] as number);
  return finite(sum / morf.length);
}

/**
 * AOPC of a curve minus the AOPC of a random order of the same image. Above 0: better than chance in MoRF
 * order.
 */
export function aopcVersusRandom(curve: Numbers, random: Numbers): number | undefined {
  return abpc(curve, random);
}

/** The mean over curves of equal length (images, or the repeats of one image), step by step. */
export function meanCurve(curves: readonly Numbers[]): Float64Array | undefined {
  const [first] = curves;
  if (!first) return undefined;
  for (const curve of curves) assertSameLength('curves to average', first, curve);
  return Float64Array.from(first, (_, k) => {
    return curves.reduce((sum, curve) => sum + (curve[k] as number), 0) / curves.length;
  });
}

/**
 * Relative scores y(k) = f(x(k)) / f(x(0)), comparable between networks (arXiv 1708.08296, figure 2).
 * Undefined where f(x(0)) is not positive: there is no score to lose.
 */
export function relativeToStart(curve: Numbers): Float64Array | undefined {
  const start = curve[0] ?? 0;
  return start > 0 ? Float64Array.from(curve, (score) => score / start) : undefined;
}

/**
 * Area under the curve over the share of steps done, from 0 to 1, by the trapezoid rule (RISE, Petsiuk et al.
 * 2018, arXiv 1806.07421, where f is a probability and the steps cover all regions). Needs at least two
 * scores. Deletion is the area under the MoRF curve: lower is better. Insertion starts from a wholly perturbed
 * image and puts the most relevant regions back first: higher is better.
 */
export function areaUnderCurve(curve: Numbers): number | undefined {
  const last = curve.length - 1;
  if (last < 1) return undefined;
  let sum = ((curve[0] as number) + (curve[last] as number)) / 2;
  for (let k = 1; k < last; k++) sum += curve[k] as number;
  return finite(sum / last);
}

function ofMorf(read: (morf: Numbers) => number | undefined) {
  return ({ morf }: Curves) => morf && read(morf);
}

function normalised(curve: Numbers | undefined, bounds: AopcBounds | undefined): number | undefined {
  const value = curve && aopc(curve);
  return value === undefined || !bounds ? undefined : normaliseByBounds(value, bounds);
}

function aopcOfRelative(curve: Numbers): number | undefined {
  const relative = relativeToStart(curve);
  return relative && aopc(relative);
}

const SAMEK = 'Samek et al. 2017, arXiv 1509.06321';

/** What a run reports of every image and method, in the order of the columns of aopc.csv. */
export const AOPC_METRICS: readonly Metric<Curves>[] = [
  {
    id: 'aopc_morf',
    label: 'AOPC (MoRF)',
    direction: 'higher',
    source: SAMEK,
    of: ofMorf(aopc),
  },
  {
    id: 'aopc_lerf',
    label: 'AOPC (LeRF)',
    direction: 'lower',
    source: SAMEK,
    of: ({ lerf }) => lerf && aopc(lerf),
  },
  {
    id: 'abpc',
    label: 'ABPC',
    direction: 'higher',
    source: `${SAMEK}; symmetric relevance gain (SRG) of Bluecher et al. 2024, arXiv 2401.06654`,
    of: ({ morf, lerf }) => morf && lerf && abpc(morf, lerf),
  },
  {
    id: 'aopc_morf_vs_random',
    label: 'AOPC (MoRF) minus random',
    direction: 'higher',
    source: `${SAMEK}, figure 4`,
    of: ({ morf, random }) => morf && random && aopcVersusRandom(morf, random),
  },
  {
    id: 'aopc_morf_sum',
    label: 'AOPC (MoRF), undivided sum',
    direction: 'higher',
    source: `${SAMEK}, figure 4`,
    of: ofMorf(aopcSum),
  },
  {
    id: 'aopc_morf_relative',
    label: 'AOPC (MoRF) of f(x(k)) / f(x(0))',
    direction: 'higher',
    source: 'Samek et al. 2017, arXiv 1708.08296, figure 2',
    of: ofMorf(aopcOfRelative),
  },
  {
    id: 'deletion_auc',
    label: 'Deletion AUC',
    direction: 'lower',
    source: 'Petsiuk et al. 2018, arXiv 1806.07421',
    of: ofMorf(areaUnderCurve),
  },
  {
    id: 'insertion_auc',
    label: 'Insertion AUC',
    direction: 'higher',
    source: 'Petsiuk et al. 2018, arXiv 1806.07421',
    of: ({ insertion }) => insertion && areaUnderCurve(insertion),
  },
  {
    id: 'aopc_morf_normalised',
    label: 'AOPC (MoRF) between its bounds',
    direction: 'higher',
    source: 'Edin et al. 2024, arXiv 2408.08137',
    of: ({ morf, bounds }) => normalised(morf, bounds),
  },
  {
    id: 'aopc_lerf_normalised',
    label: 'AOPC (LeRF) between its bounds',
    direction: 'lower',
    source: 'Edin et al. 2024, arXiv 2408.08137',
    of: ({ lerf, bounds }) => normalised(lerf, bounds),
  },
];
