import { classFinder } from '../datasets/classes.js';
import { InputError } from '../errors.js';
import type { Model } from '../experiment/model.js';
import { didYouMean } from '../suggest.js';

/**
 * The class that `--target` asks for, by index or by label (upper case, `_` and `-` aside, one of several names with commas
 * between is enough); undefined for the predicted one.
 * @throws InputError when there is no such class, or several
 */
export function parseTarget(
  text: string,
  { network: { classes }, labels, labelled }: Model,
): number | undefined {
  if (text === 'predicted') return undefined;
  const complain = (got: string) =>
    new InputError(
      `--target: expected 'predicted', a class index of 0..${classes - 1}, or a label, got ${got}`,
    );
  if (/^\d+$/.test(text)) {
    if (Number(text) < classes) return Number(text);
    throw complain(`'${text}'`);
  }
  if (!labelled) throw complain(`'${text}', and the network has no labels`);
  const exact = labels.indexOf(text);
  const found = exact >= 0 ? [exact] : classFinder(labelled)(text);
  const [target] = found;
  if (target === undefined) throw complain(`'${text}'${didYouMean(text, labels)}`);
  if (found.length > 1) {
    throw complain(`'${text}', which ${found.length} classes are called: ${shown(found, labels)}`);
  }
  return target;
}

const SHOWN = 5;

function shown(found: readonly number[], labels: readonly string[]): string {
  const named = found.slice(0, SHOWN).map((index) => `${index} (${labels[index]})`);
  return named.join(', ') + (found.length > SHOWN ? ', ...' : '');
}
