import type { NetworkWriter } from '../canonical/writer.js';
import type { Operand } from '../constant.js';
import { Unsupported, UnsupportedList } from '../unsupported.js';
import { FOLDS } from './fold.js';
import { type OperatorTable, TfjsNode } from './node.js';
import { ARITHMETIC } from './operators/arithmetic.js';
import { LAYOUT } from './operators/layout.js';
import { LINEAR } from './operators/linear.js';
import { POINTWISE } from './operators/pointwise.js';
import { POOLS } from './operators/windows.js';
import type { ProgramNode } from './program.js';

const OPERATORS: OperatorTable = { ...LINEAR, ...POOLS, ...POINTWISE, ...ARITHMETIC, ...LAYOUT };

/**
 * Writes the nodes in canonical form; `values` says what constants and inputs are and grows by what nodes compute.
 * @throws InputError that names all nodes that are not supported.
 */
export function writeNodes(
  nodes: readonly ProgramNode[],
  values: Map<string, Operand>,
  writer: NetworkWriter,
): void {
  const unsupported = new UnsupportedList();
  for (const node of nodes) {
    const operator = Object.hasOwn(OPERATORS, node.op) ? OPERATORS[node.op] : undefined;
    const fold = Object.hasOwn(FOLDS, node.op) ? FOLDS[node.op] : undefined;
    if (!operator && !fold) unsupported.add(node.op, node.name);
    const operands = node.inputs.map((input) => values.get(input));
    if ((!operator && !fold) || !operands.every((operand) => operand !== undefined)) continue;
    const results = unsupported.attempt(node.op, node.name, () => {
      const ofConstants = operands.every(({ kind }) => kind !== 'value');
      const write = ofConstants ? fold : operator;
      if (!write) throw new Unsupported(ofConstants ? 'of constants' : 'of a computed value');
      return [write(new TfjsNode(node, operands), writer)].flat();
    });
    for (const [i, result] of (results ?? []).entries()) {
      values.set(i === 0 ? node.name : `${node.name}:${i}`, result);
    }
  }
  unsupported.report();
}
