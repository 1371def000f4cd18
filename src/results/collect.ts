import { type Order, RANDOM } from '../evaluation/families/perturbation.js';
import type { SanityStage } from '../evaluation/families/sanity.js';
import type { Measures } from '../evaluation/measures.js';
import type { DoneUnit, ExplanationRecord, RelevanceSums, UnitResult } from '../evaluation/unit.js';
import type { Conservation } from '../explain/conservation.js';
import { AOPC_METRICS, meanCurve } from '../metrics/aopc.js';
import type { Numbers } from '../metrics/metric.js';
import { meanOfRepeats } from '../metrics/statistics.js';

/** The numbers of one explanation: the unit of every table is (network, image, class, method). */
export interface Row {
  readonly network: string;
  readonly image: string;
  readonly class: string;
  readonly method: string;
  /** Score of the explained output before anything is perturbed. */
  readonly score: number;
  readonly relevance: RelevanceSums;
  /** AOPC family by column name; repeats averaged. Absent where the explanation was not perturbed. */
  readonly aopc: Measures | undefined;
  readonly boxes: Measures | undefined;
  readonly complexity: Measures | undefined;
  readonly conservation: Conservation | undefined;
  readonly robustness: Measures | undefined;
  readonly sanity: readonly SanityStage[] | undefined;
  /** Mean score curves over the repeats, by order. */
  readonly curves: { readonly [order in Order]?: Float64Array };
}

/** What is known of an image besides its explanations. */
export interface ImageFacts {
  readonly network: string;
  readonly image: string;
  readonly labels: readonly string[];
  readonly predicted: string;
  readonly classScores: Readonly<Record<string, number>> | undefined;
  readonly unmeasured: DoneUnit['unmeasured'];
}

/** Everything that tables, plots and summary are made from. */
export interface Collection {
  readonly rows: readonly Row[];
  readonly images: readonly ImageFacts[];
  readonly leftOut: readonly {
    network: string;
    image: string;
    status: 'skipped' | 'failed';
    reason: string;
  }[];
}

/** Reads units, in the order of the plan, into rows. */
export async function collect(units: AsyncIterable<UnitResult>): Promise<Collection> {
  const rows: Row[] = [];
  const images: ImageFacts[] = [];
  const leftOut: Collection['leftOut'][number][] = [];
  for await (const unit of units) {
    const { network, image } = unit;
    if (unit.status !== 'done') {
      leftOut.push({ network, image, status: unit.status, reason: unit.reason });
      continue;
    }
    const { labels, classScores, unmeasured } = unit;
    images.push({ network, image, labels, predicted: unit.top[0]?.label ?? '', classScores, unmeasured });
    for (const explanation of unit.explanations) rows.push(rowOf(unit, explanation));
  }
  return { rows, images, leftOut };
}

function rowOf({ network, image, explanations, bounds }: DoneUnit, explanation: ExplanationRecord): Row {
  const {
    method,
    score,
    relevance,
    curves = {},
    boxes,
    complexity,
    robustness,
    conservation,
    sanity,
  } = explanation;
  const random = explanations.find((other) => other.method === RANDOM && other.class === explanation.class);
  return {
    network,
    image,
    class: explanation.class,
    method,
    score,
    relevance,
    aopc: explanation.curves && aopcMeasures(curves, random?.curves?.morf, bounds),
    boxes,
    complexity,
    conservation,
    robustness,
    sanity,
    curves: {
      ...(curves.morf && { morf: meanCurve(curves.morf) as Float64Array }),
      ...(curves.lerf && { lerf: meanCurve(curves.lerf) as Float64Array }),
      ...(curves.insertion && { insertion: meanCurve(curves.insertion) as Float64Array }),
    },
  };
}

/** Every AOPC metric of every repeat, averaged over the repeats: the unit of statistics is the image. */
export function aopcMeasures(
  { morf, lerf, insertion }: { readonly [order in Order]?: readonly Numbers[] },
  random: readonly Numbers[] | undefined,
  bounds?: DoneUnit['bounds'],
): Measures {
  const repeats = (morf ?? lerf ?? insertion ?? []).map((_, r) => ({
    morf: morf?.[r],
    lerf: lerf?.[r],
    insertion: insertion?.[r],
    random: random?.[r],
    bounds: bounds?.[r],
  }));
  return Object.fromEntries(
    AOPC_METRICS.flatMap(({ id, of }) => {
      const value = meanOfRepeats(repeats.map(of));
      return value === undefined ? [] : [[id, value]];
    }),
  );
}
