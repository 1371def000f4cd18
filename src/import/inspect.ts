import { type Graph, inputOf, layersOf, outputOf, type Shape } from '../graph/graph.js';
import { learnedInputs, multiplyAdds } from '../graph/operators/weights.js';
import { inferShapes } from '../graph/shapes.js';
import { sizeOf } from '../graph/tensor.js';

/** One operator of a network; shapes are without the batch. */
export interface LayerRow {
  readonly name: string;
  readonly op: string;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Weights and biases. */
  readonly parameters: number;
  /** Multiplications with weights for one sample. */
  readonly multiplyAdds: number;
}

export interface LayerTable {
  readonly layers: readonly LayerRow[];
  readonly parameters: number;
  readonly multiplyAdds: number;
}

/** The operators of a network in the order they run, with their sizes and costs, and the totals. */
export function layerTable({ graph }: { readonly graph: Graph }): LayerTable {
  const shapes = inferShapes(graph);
  const sample = (value: string) => (shapes.get(value) as Shape).slice(1);
  const layers = layersOf(graph.nodes).map((node): LayerRow => {
    const outputShape = sample(outputOf(node));
    return {
      name: node.name,
      op: node.op,
      inputShape: sample(inputOf(node)),
      outputShape,
      parameters: parametersOf(graph, learnedInputs(node)),
      multiplyAdds: multiplyAdds(graph, node, sizeOf(outputShape)),
    };
  });
  return {
    layers,
    parameters: parametersOf(graph, graph.nodes.flatMap(learnedInputs)),
    multiplyAdds: layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
  };
}

/** Number of numbers in constants; each constant counts once. */
function parametersOf(graph: Graph, names: readonly string[]): number {
  return [...new Set(names)].reduce((sum, name) => sum + (graph.constants.get(name)?.data.length ?? 0), 0);
}
