import { InputError } from '../errors.js';

/** What is done with notes on results that may be other than expected: they are printed, or end the command if `strict`. */
export function notes(strict: boolean): (note: string) => void {
  return (note) => {
    if (strict) throw new InputError(note);
    process.stderr.write(`heatproof: ${note}\n`);
  };
}

/** The option for it. */
export const STRICT = {
  type: 'boolean',
  default: false,
  describe: 'refuse what was computed on another processor or engine, instead of saying so',
} as const;
