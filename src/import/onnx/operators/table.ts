import type { NetworkWriter } from '../../canonical/writer.js';
import type { Operand } from '../../constant.js';
import type { OnnxNode } from '../node.js';

/**
 * Writes a node in canonical form and returns what its first output then is; the outputs of a Split are a list.
 * @throws Unsupported when the node is used in a way that has no canonical form.
 */
export type Operator = (node: OnnxNode, writer: NetworkWriter) => Operand | readonly Operand[];

export type OperatorTable = Readonly<Record<string, Operator>>;

/** A computed value as an operand. */
export function computed(value: string): Operand {
  return { kind: 'value', value };
}
