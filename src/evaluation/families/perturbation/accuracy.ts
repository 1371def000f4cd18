import type { Bootstrap } from '../../../metrics/bootstrap.js';
import { estimates, groupRows, type MethodRow, type Row } from '../rows.js';
import { ORDER_KINDS, type Order } from './config.js';
import type { Perturbed } from './part.js';

/** The column of accuracy.csv. */
export const ACCURACY = 'accuracy';

/** The share of images that the network is right about after so many steps. */
export interface AccuracyRow extends MethodRow {
  readonly order: Order;
  readonly step: number;
}

/**
 * By network, method and order: accuracy at the steps 0, 1, 2, 5, 10, 20, 50, 100 ... and the last one; of a run that scores some
 * of its steps, at those of them.
 */
export function accuracyTable(
  rows: readonly Row<Perturbed>[],
  bootstrap: Bootstrap,
  scored?: readonly number[],
): AccuracyRow[] {
  return [...groupRows(rows).values()].flatMap((group) =>
    ORDER_KINDS.flatMap((order) => {
      const curves = group.flatMap((row) => {
        const curve = row.part.right?.[order];
        return curve ? [{ ...row, curve }] : [];
      });
      const [first] = curves;
      if (!first) return [];
      const steps = shownSteps(first.curve.length - 1).filter(
        (step) => step === 0 || !scored || scored.includes(step),
      );
      return steps.map((step): AccuracyRow => {
        const values = curves.map((row) => ({ ...row, part: { [ACCURACY]: row.curve[step] as number } }));
        const { network, method } = first;
        const metric = { id: ACCURACY, share: true as const };
        const images = new Set(values.map(({ image }) => image)).size;
        return { network, method, order, step, images, metrics: estimates(values, [metric], bootstrap) };
      });
    }),
  );
}

function shownSteps(last: number): number[] {
  const steps = [0];
  for (let ten = 1; ten <= last; ten *= 10) steps.push(ten, 2 * ten, 5 * ten);
  return [...steps.filter((step) => step < last), last];
}
