import { type Graph, outputOf, type Shape } from './graph.js';
import { traitsOf } from './operators/table.js';
import type { ShapeContext } from './operators/traits.js';

/**
 * Shapes of the inputs and of every computed value of a canonical graph; dimension 0 is BATCH.
 * @throws InputError when an operator's inputs do not fit together, or an operator is not canonical.
 */
export function inferShapes(graph: Graph): Map<string, Shape> {
  const shapes = new Map<string, Shape>(graph.inputs.map(({ name, shape }) => [name, shape]));
  const context: ShapeContext = {
    shape(value) {
      const shape = shapes.get(value) ?? graph.constants.get(value)?.dims;
      if (!shape) throw new Error(`value '${value}' is read before it is computed`);
      return shape;
    },
    constant: (value) => graph.constants.get(value),
  };
  for (const node of graph.nodes) shapes.set(outputOf(node), traitsOf(node).shape(node, context));
  return shapes;
}
