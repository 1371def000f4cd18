import { calledOf } from '../datasets/kinds.js';
import { stoppingNotes } from './stopping-words.js';
import type { Summary } from './summary.js';

/** What makes the numbers of a run doubtful, a line each: for the terminal and the report. */
export function doubtsOf({
  dataset,
  nearChance,
  flagged,
  stopping,
}: Pick<Summary, 'dataset' | 'nearChance' | 'flagged' | 'stopping'>): string[] {
  return [
    ...nearChance.map(
      (network) =>
        `${network} hits no more labels than guessing might: are the classes of the data set its outputs, and the preprocessing its own?`,
    ),
    ...flagged.map(
      ({ network, method, explanations, largest }) =>
        `numerically blown up: ${method} on ${network}, ${explanations} explanations, sum of |R| up to ${largest.toExponential(1)} times its start`,
    ),
    ...(stopping ? stoppingNotes(stopping, calledOf(dataset)) : []),
  ];
}
