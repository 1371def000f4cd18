import { randomStream } from '../../random.js';
import type { Graph, Node } from '../graph.js';
import { isLinear, traitsOf } from '../operators/table.js';
import type { Weights } from '../operators/traits.js';
import { fanIn } from '../operators/weights.js';
import { floatTensor, sizeOf, type Tensor } from '../tensor.js';

/** The convolutions and dense layers, from the output to the input. */
export function layersFromOutput(graph: Graph): Node[] {
  return graph.nodes.filter(isLinear).reverse();
}

/**
 * The graph with the weights of some layers drawn anew: normal with standard deviation sqrt(2 / inputs of a neuron)
 * (He et al. 2015, equation 10), biases 0. What a layer gets depends on the seed and its name alone.
 */
export function reinitialise(graph: Graph, layers: readonly Node[], seed: number): Graph {
  const chosen = new Set(layers);
  const constants = new Map(graph.constants);
  const drawn = (layer: string, name: string, numbers: (dims: readonly number[]) => Float32Array) => {
    const { dims } = graph.constants.get(name) as Tensor;
    const anew = `${name}/drawn for ${layer}`;
    constants.set(anew, floatTensor(dims, numbers(dims)));
    return anew;
  };
  const nodes = graph.nodes.map((node) => {
    const { weights } = traitsOf(node);
    if (!weights || !chosen.has(node)) return node;
    const inputs = node.inputs.map((name, index) => {
      if (index === weights.input)
        return drawn(node.name, name, (dims) => heNormal(node, weights, dims, seed));
      if (index === weights.bias && name)
        return drawn(node.name, name, (dims) => new Float32Array(sizeOf(dims)));
      return name;
    });
    return { ...node, inputs };
  });
  return { ...graph, nodes, constants };
}

function heNormal({ name }: Node, weights: Weights, dims: readonly number[], seed: number): Float32Array {
  const deviation = Math.sqrt(2 / fanIn(weights, dims));
  return randomStream(seed, 'weights', name)
    .normals(sizeOf(dims))
    .map((number) => deviation * number);
}
