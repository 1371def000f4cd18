import { checkLimit } from '../../../files/limits.js';
import type { Budget, Constant } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import { arrayFor } from '../element-types.js';
import type { OnnxNode } from '../node.js';
import { COMPUTED } from './computed.js';
import { MADE } from './made.js';
import { MATRICES } from './matrices.js';
import { MOVED } from './moved.js';
import { REDUCED } from './reduced.js';
import { RESIZED } from './resized.js';
import type { FoldTable } from './table.js';

/**
 * Operators on constants only: the shape arithmetic that exporters leave in networks, and weights that are built from
 * others. Results are those of the standard for every element type, or there are none. Sizes that depend on the batch pass
 * through all that moves or copies numbers; little may be computed from them.
 */
const FOLDS: FoldTable = { ...MADE, ...MOVED, ...COMPUTED, ...REDUCED, ...MATRICES, ...RESIZED };

/** True for operators that {@link fold} knows. */
export function isFoldable(op: string): boolean {
  return Object.hasOwn(FOLDS, op);
}

/**
 * Runs an operator on constants and returns its outputs.
 * @param generated what a network may make of its numbers
 * @throws Unsupported when it cannot be folded, InputError when it makes too much.
 */
export function fold(node: OnnxNode, generated: Budget): readonly Constant[] {
  const run = isFoldable(node.op) ? FOLDS[node.op] : undefined;
  if (!run) throw new Unsupported('on constants only');
  const made = run(node, (type, length) => {
    if (!Number.isSafeInteger(length)) throw new Unsupported('of a size that depends on the batch');
    const Numbers = arrayFor(type);
    generated.add(length, node.name, Numbers.BYTES_PER_ELEMENT);
    return new Numbers(length);
  });
  const results = [made].flat();
  for (const { dims, size } of results) {
    checkLimit('axes', dims.length, node.name);
    if (!Number.isSafeInteger(size)) throw new Unsupported(`of shape [${dims}]`);
  }
  return results;
}
