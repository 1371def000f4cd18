import { mismatch } from '../errors.js';

/**
 * @param sample the shape of an input without the batch; what is no positive integer is open
 * @param wayOut what gives the shape instead of the file
 * @throws InputError for a shape that is open
 */
export function refuseOpenShape(
  input: string,
  sample: readonly number[],
  wayOut = 'inputShape that gives them',
): void {
  if (sample.length > 0 && sample.every((dim) => Number.isInteger(dim) && dim > 0)) return;
  throw mismatch({
    what: 'shape of the input',
    where: input,
    expected: `fixed dimensions behind the batch (or ${wayOut})`,
    got: `[${['batch', ...sample.map((dim) => (dim > 0 ? dim : '?'))].join(', ')}]`,
  });
}
