import { AOPC_METRICS, meanCurve } from '../../../metrics/aopc.js';
import type { AopcBounds } from '../../../metrics/aopc-bounds.js';
import { mean, meanOfRepeats } from '../../../metrics/statistics.js';
import type { Beside } from '../family.js';
import type { Measures } from '../measures.js';
import { ORDER_KINDS, type Order } from './config.js';
import { type ByOrder, type Curves, RANDOM } from './perturb.js';

/** What is known of one explanation that was perturbed. */
export interface Perturbed {
  /** The AOPC family by column name; repeats averaged. */
  readonly metrics: Measures;
  /** Mean score curves over the repeats, by order. */
  readonly curves: { readonly [order in Order]?: Float64Array };
  /** The same of whether the network is right, where that is followed. */
  readonly right?: { readonly [order in Order]?: Float64Array };
}

export function readCurves(curves: Curves, { of, image }: Beside<Curves>): Perturbed {
  const bounds = image.bounds as readonly AopcBounds[] | undefined;
  const right = curves.right && meanCurves(curves.right);
  return {
    metrics: {
      ...aopcMeasures(curves, of(RANDOM)?.morf, bounds),
      ...(right?.morf && { accuracy_morf: mean(right.morf) as number }),
      ...(right?.lerf && { accuracy_lerf: mean(right.lerf) as number }),
    },
    curves: meanCurves(curves),
    ...(right && { right }),
  };
}

/**
 * Every AOPC metric of every repeat, averaged over the repeats: the unit of statistics is the image. A repeat is compared
 * with the mean of the random orders that met the same fills.
 */
export function aopcMeasures(
  { morf, lerf, insertion }: Curves,
  random: Curves['morf'],
  bounds?: readonly AopcBounds[],
): Measures {
  const own = morf ?? lerf ?? insertion ?? [];
  const repeats = own.map((_, r) => ({
    morf: morf?.[r],
    lerf: lerf?.[r],
    insertion: insertion?.[r],
    random: random && meanCurve(random.filter((_, draw) => draw % own.length === r)),
    bounds: bounds?.[r % bounds.length],
  }));
  return Object.fromEntries(
    AOPC_METRICS.flatMap(({ id, of }) => {
      const value = meanOfRepeats(repeats.map(of));
      return value === undefined ? [] : [[id, value]];
    }),
  );
}

/** Curves of an image, their repeats averaged, by order. */
function meanCurves(curves: ByOrder) {
  return Object.fromEntries(
    ORDER_KINDS.flatMap((order) => {
      const mean = curves[order] && meanCurve(curves[order]);
      return mean ? [[order, mean]] : [];
    }),
  ) as { readonly [order in Order]?: Float64Array };
}
