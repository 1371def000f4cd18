import { type InputError, mismatch } from '../../errors.js';
import { windowGeometry } from '../geometry.js';
import { inputOf, type Node, showShape } from '../graph.js';
import { toInts } from '../tensor.js';
import type { ShapeContext, ShapeRule } from './traits.js';

/** Shape rules that several operators share. */

export const unchanged: ShapeRule = (node, { shape }) => shape(inputOf(node));

/** Numpy's rule: axes are aligned from the right, and an axis of size 1 repeats. */
export const broadcast: ShapeRule = (node, { shape }) => {
  const [first = [], ...rest] = node.inputs.map(shape);
  return rest.reduce((a, b) => {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, axis) => {
      const left = a[axis - rank + a.length] ?? 1;
      const right = b[axis - rank + b.length] ?? 1;
      if (left !== right && left !== 1 && right !== 1) throw wrong(node, 'second operand', showShape(a), b);
      return left === 1 ? right : left;
    });
  }, first);
};

/** A pool: one number for every window of every channel. */
export const pooled: ShapeRule = (node, { shape }) => {
  const [batch, channels, ...spatial] = shape(inputOf(node));
  return [batch as number, channels as number, ...windowGeometry(node, spatial).output];
};

/** The numbers of an integer constant (axes, sizes, pads). */
export function intConstant(node: Node, index: number, constant: ShapeContext['constant']): number[] {
  const tensor = constant(inputOf(node, index));
  if (tensor?.type !== 'int64')
    throw new Error(`${node.op} '${node.name}': input ${index} is no int64 constant`);
  return toInts(tensor);
}

/** What is wrong with an input of a node. */
export function wrong(node: Node, what: string, expected: string, got: readonly number[]): InputError {
  return mismatch({ what: `${what} of ${node.op}`, where: node.name, expected, got: showShape(got) });
}
