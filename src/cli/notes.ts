import { InputError } from '../errors.js';
import { say } from './output.js';

/** What is done with notes on results that may be other than expected: they are printed, or end the command if `strict`. */
export function notes(strict: boolean): (note: string) => void {
  return (note) => {
    if (strict) throw new InputError(note);
    say(`heatproof: ${note}\n`);
  };
}
