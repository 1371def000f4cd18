import { AOPC_METRICS } from '../../../metrics/aopc.js';
import type { Bootstrap } from '../../../metrics/bootstrap.js';
import { estimateText } from '../estimate-text.js';
import type { Measures } from '../measures.js';
import { groupRows, type MethodRow, type Row, valuesByImage } from '../rows.js';
import { RANDOM } from './perturb.js';

/** How much of a reference method's AOPC another one reaches, both relative to random orders. */
export interface RatioRow extends MethodRow {
  readonly reference: string;
}

/** Column of the ratio. */
export const SHARE = 'ratio';

/** AOPC (MoRF) of a method minus that of random orders. */
export const VERSUS_RANDOM = 'aopc_morf_vs_random';

/**
 * The mean AOPC relative to random of every method divided by that of the method that the experiment lists first, over
 * the images that have both, with the bootstrap interval of the ratio. No interval where a resample of the reference is
 * no better than chance, since the ratio has no bounds then; no row where the reference itself is not.
 */
export function ratioTable(rows: readonly Row<Measures>[], bootstrap: Bootstrap): RatioRow[] {
  const groups = [...groupRows(rows).values()].map((group) => {
    const { network, method } = group[0] as Row<Measures>;
    return { network, method, values: valuesByImage(group, VERSUS_RANDOM) };
  });
  const compared = groups.filter(({ method, values }) => method !== RANDOM && values.size > 0);
  return compared.flatMap(({ network, method, values }) => {
    const reference = compared.find((one) => one.network === network);
    if (!reference || reference.method === method) return [];
    const images = [...values.keys()].filter((image) => reference.values.has(image));
    const column = (of: ReadonlyMap<string, number>) => images.map((image) => of.get(image) as number);
    const ratio = bootstrap.of([column(values), column(reference.values)], positiveRatio);
    const keys = { network, method, reference: reference.method };
    return ratio ? [{ ...keys, images: ratio.images, metrics: { [SHARE]: ratio } }] : [];
  });
}

function positiveRatio([value, reference]: readonly number[]): number {
  return (reference as number) > 0 ? (value as number) / (reference as number) : Number.NaN;
}

const LABEL = AOPC_METRICS.find(({ id }) => id === VERSUS_RANDOM)?.label;

/** A line a ratio. */
export function ratioNotes(ratios: readonly RatioRow[]): string[] {
  return ratios.map(
    ({ network, method, reference, metrics }) =>
      `${method} reaches ${estimateText(metrics[SHARE])} of ${reference} on ${network} (${LABEL})`,
  );
}
