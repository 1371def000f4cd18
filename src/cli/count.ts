import { InputError } from '../errors.js';

/** @throws InputError unless the value of an option is a whole number of at least 1 */
export function checkCount(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new InputError(
      `${option}: expected a whole number of at least 1, got ${Number.isNaN(value) ? 'no number' : value}`,
    );
}
