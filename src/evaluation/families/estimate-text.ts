import type { Called } from '../../input/called.js';
import { type Estimate, FEWEST, intervalOf } from '../../metrics/estimate.js';

/** What the kinds of bootstrap interval are called. */
export const BOOTSTRAP = { bca: 'BCa', percentile: 'percentile' } as const;

/** What marks of intervals mean, in tables and charts. */
export function studentMark({ samples }: Called): string {
  return `Student's interval (below ${FEWEST} ${samples})`;
}
export function unknownMark({ samples }: Called): string {
  return `interval unknown (too few ${samples}, or a run that was stopped by a sign)`;
}

/** A number of four significant digits; a dash where there is none. */
export function numberText(value: number | undefined): string {
  return value === undefined ? '–' : Number(value.toPrecision(4)).toString();
}

/** An interval, marked with a t where it is Student's, with a question mark where it is unknown. It never breaks. */
export function intervalText(estimate: Estimate): string {
  const { low, high } = estimate;
  const kind = intervalOf(estimate);
  if (!kind) return '[?]';
  return `[${numberText(low)},\u00a0${numberText(high)}]${kind === 'student' ? 't' : ''}`;
}

/** A value with its interval. */
export function estimateText(estimate: Estimate | undefined): string {
  return estimate ? `${numberText(estimate.value)} ${intervalText(estimate)}` : '–';
}
