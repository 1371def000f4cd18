import { numberText } from '../evaluation/families/estimate-text.js';
import { type Called, counted } from '../input/called.js';
import { BURN_IN } from '../metrics/stopping.js';
import type { StoppingSummary, WatchedSummary } from './stopping.js';

/** What a run says of when it stopped, a sentence each. */
export function stoppingSentences(stopping: StoppingSummary, called: Called): string[] {
  const { metric, rule, stopped, by, images, of, watched } = stopping;
  const { samples } = called;
  const end = stopped
    ? `Stopped after ${images} of ${of} ${samples} (${of - images} saved) by the ${rule} on ${metric}.`
    : `Not stopped: after all ${counted(images, called)} the ${rule} on ${metric} had not decided.`;
  const found = by === 'sign' && stopped ? watched.map((one) => orderText(one, called)) : [];
  const intervals =
    by === 'sign' && stopped
      ? [
          `No intervals are shown: those for a number of ${samples} that was fixed beforehand do not hold for a run stopped by a sign. p-values are anytime-valid ones, 1 below ${BURN_IN} ${samples}.`,
          ...(images < BURN_IN
            ? [`Of so few ${samples}, tables call all methods tied, even those whose order was decided.`]
            : []),
        ]
      : [];
  return [end, ...found, ...intervals];
}

function orderText(
  { method, than, images, value = 0, anytimePValue }: WatchedSummary,
  called: Called,
): string {
  const p = anytimePValue === undefined ? '' : `, anytime-valid p = ${anytimePValue.toPrecision(2)}`;
  const side = value > 0 ? 'above' : 'below';
  return `${method} is ${side} ${than}: mean difference ${numberText(value)} over ${counted(images, called)}${p}.`;
}

/** How many images a run saved, after how many it did. */
export function savedText({ stopped, images, of }: StoppingSummary): string {
  return stopped ? `, ${of - images} saved by stopping` : '';
}

/** What makes the decision of a run doubtful, a line each. */
export function stoppingNotes({ metric, watched }: StoppingSummary, { sample }: Called): string[] {
  return watched.flatMap(({ method, than, images, doubts }) => {
    const what = `${metric} of ${method}${than === undefined ? '' : ` minus ${than}`}`;
    if (images === 0) return [`stop: no ${sample} has ${what}`];
    return doubts.map((doubt) => `stop: ${what} is ${doubt}: the rule may be wrong more often than it says`);
  });
}
