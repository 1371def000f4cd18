import { InputError } from '../../errors.js';
import { type Graph, inputOf, type Node, producersOf } from '../../graph/graph.js';
import { traitsOf } from '../../graph/operators/table.js';
import type { Scope } from '../scope.js';

/** The node that made a value's numbers, wherever they were moved since. */
export function makerOf(graph: Graph, value: string): Node | undefined {
  const producers = producersOf(graph);
  let node = producers.get(value);
  while (node && traitsOf(node).kind === 'move' && node.op !== 'Concat') node = producers.get(inputOf(node));
  return node;
}

/**
 * The gate among the operands of a product: what a sigmoid made, or else the smaller one, or else what an activation made.
 * @throws InputError where that says nothing
 */
export function gateOf({ graph, shapes }: Scope, node: Node): string {
  const operands = [inputOf(node, 0), inputOf(node, 1)] as const;
  const madeBy = (fits: (maker: Node) => boolean) =>
    operands.filter((operand) => {
      const maker = makerOf(graph, operand);
      return maker && fits(maker);
    });
  const gates = madeBy((maker) => traitsOf(maker).gate === true);
  if (gates.length === 1) return gates[0] as string;
  const area = (operand: string) => (shapes.get(operand) ?? []).slice(1).reduce((x, y) => x * y, 1);
  const [a, b] = operands;
  if (area(a) !== area(b)) return area(a) < area(b) ? a : b;
  const activated = madeBy((maker) => traitsOf(maker).kind === 'activation');
  if (gates.length === 0 && activated.length === 1) return activated[0] as string;
  throw new InputError(
    `rule gate of ${node.op} '${node.name}': expected one operand that a sigmoid made, got ${gates.length}`,
  );
}
