import { InputError } from '../errors.js';
import { consumersOf, type Graph, type Node, outputOf } from '../graph/graph.js';
import { traitsOf } from '../graph/operators/table.js';
import type { AssignedRule } from './assign.js';
import type { Rule } from './rules.js';

/** Rules that say what ReLU does with a signal. */
const OF_RELU: readonly Rule['kind'][] = ['deconvnet', 'guided'];

const GRADIENT: AssignedRule = { name: 'gradient', rule: { kind: 'gradient' } };

/**
 * Rules for ReLU hold for what rectifies, ReLU and ReLU with a ceiling (ReLU6); activations that are there to be multiplied
 * with are gates and take their derivative.
 * @throws InputError where such a rule meets another activation, or no ReLU at all: the result would be the gradient
 */
export function rectified(graph: Graph, rules: ReadonlyMap<Node, AssignedRule>): Map<Node, AssignedRule> {
  const consumers = consumersOf(graph);
  const isGate = (node: Node) =>
    traitsOf(node).gate && consumers.get(outputOf(node))?.every(({ op }) => op === 'Mul');
  const ruled = [...rules].filter(([, { rule }]) => OF_RELU.includes(rule.kind));
  const gates = ruled.filter(([node]) => isGate(node));
  const rectifiers = ruled.filter(([node]) => !isGate(node));
  const odd = rectifiers.find(([node]) => traitsOf(node).zeros?.(node, graph) !== 'cut');
  if (odd) {
    const [{ op, name }, rule] = odd;
    throw new InputError(
      `rule ${rule.name} is for ReLU and says nothing of ${op} '${name}'; give it another one in a composite of your own, ` +
        `{match: {op: ${op}}, rule: gradient} takes its derivative`,
    );
  }
  if (gates.length > 0 && rectifiers.length === 0) {
    throw new InputError(`rule ${gates[0]?.[1].name} is for ReLU, and network '${graph.name}' has none`);
  }
  return new Map([...rules, ...gates.map(([node]) => [node, GRADIENT] as const)]);
}
