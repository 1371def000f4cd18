import { mismatch } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf } from '../graph/tensor.js';
import type { Given } from './request.js';

/** @throws InputError where an input of the network is not given as many numbers as it takes */
export function checkInputs(
  { graph }: { readonly graph: Graph },
  input: Float32Array,
  given: Given | undefined,
  where: string,
): void {
  for (const [i, { name, shape }] of graph.inputs.entries()) {
    const numbers = i === 0 ? input : given?.[name];
    const sample = shape.slice(1);
    if (numbers?.length === sizeOf(sample)) continue;
    throw mismatch({
      what: i === 0 ? 'network input' : `network input '${name}'`,
      where,
      expected: `${sizeOf(sample)} numbers ([${sample}])`,
      got: numbers ? String(numbers.length) : 'none',
    });
  }
}
