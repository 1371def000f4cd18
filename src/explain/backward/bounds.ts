import { mismatch } from '../../errors.js';
import { type Graph, inputOf, type Node, producersOf } from '../../graph/graph.js';
import { traitsOf } from '../../graph/operators/table.js';
import { isAffine } from '../../graph/raw-values.js';
import { floatTensor, sizeOf } from '../../graph/tensor.js';
import { type Scope, shapeOf } from '../scope.js';

/** Names of the lowest and the highest values that something can have. */
interface Box {
  readonly low: string;
  readonly high: string;
}

/**
 * Constants with the lowest and the highest value that a node's first input can have.
 * @throws InputError when the range of the network's input is not known, or is lost on the way to the node.
 */
export function inputBounds(scope: Scope, node: Node): Box {
  const { bounds, graph } = scope;
  if (!bounds) {
    throw mismatch({
      what: 'range of the network input',
      where: `rule zbox of '${node.name}'`,
      expected: 'low and high (given, or from the preprocessing)',
      got: 'none',
    });
  }
  const producers = producersOf(graph);
  const path: Node[] = [];
  for (let at = producers.get(inputOf(node)); at; at = producers.get(inputOf(at))) {
    if (!keepsBounds(graph, at) && !isAffine(graph, at)) {
      throw mismatch({
        what: 'rule zbox',
        where: node.name,
        expected: 'a layer that reads the network input',
        got: `one behind ${at.op} '${at.name}'`,
      });
    }
    path.unshift(at);
  }
  const source = path[0] ? inputOf(path[0]) : inputOf(node);
  const box = {
    low: boundConstant(scope, source, 'low', bounds.low),
    high: boundConstant(scope, source, 'high', bounds.high),
  };
  return path.reduce((bounds, step) => through(scope, step, bounds), box);
}

/** Bounds behind a node; factors below zero turn them round. */
function through({ builder, calc, graph }: Scope, node: Node, { low, high }: Box): Box {
  const write = (value: string) => builder.add(node.op, [value, ...node.inputs.slice(1)], node.attributes);
  const [a, b] = [write(low), write(high)];
  return keepsBounds(graph, node) ? { low: a, high: b } : { low: calc.min(a, b), high: calc.max(a, b) };
}

/** Whether bounds of a node's first operand, the only one that is computed, can be sent through it. */
function keepsBounds(graph: Graph, node: Node): boolean {
  const alone = node.inputs.slice(1).every((input) => input === '' || graph.constants.has(input));
  return alone && traitsOf(node).monotone?.(node, graph) === true;
}

/** A bound in the shape of the network's input, from one number, one per channel or one per number of the input. */
function boundConstant(scope: Scope, input: string, side: string, values: readonly number[]): string {
  const [, ...dims] = shapeOf(scope, input);
  const channels = dims[0] as number;
  const size = sizeOf(dims);
  if (![1, channels, size].includes(values.length)) {
    throw mismatch({
      what: `${side} bound of the input`,
      where: 'rule zbox',
      expected: `one number, one for each of ${channels} channels or ${size}`,
      got: `${values.length} numbers`,
    });
  }
  const area = size / values.length;
  return scope.builder.constant(() => {
    const data = Float32Array.from({ length: size }, (_, i) => values[Math.floor(i / area)] as number);
    return floatTensor([1, ...dims], data);
  }, `input/${side}`);
}
