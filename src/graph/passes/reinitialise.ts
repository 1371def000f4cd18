import { randomStream } from '../../random.js';
import { type Graph, inputOf, type Node } from '../graph.js';
import { floatTensor, sizeOf, type Tensor } from '../tensor.js';

/** The convolutions and dense layers, from the output to the input. */
export function layersFromOutput(graph: Graph): Node[] {
  return graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm').reverse();
}

/**
 * The graph with the weights of some layers drawn anew: normal with standard deviation sqrt(2 / inputs of a neuron)
 * (He et al. 2015, equation 10), biases 0. What a layer gets depends on the seed and its name alone.
 */
export function reinitialise(graph: Graph, layers: readonly Node[], seed: number): Graph {
  const chosen = new Set(layers);
  const constants = new Map(graph.constants);
  const drawn = (node: Node, index: number, numbers: (dims: readonly number[]) => Float32Array) => {
    const { dims } = graph.constants.get(inputOf(node, index)) as Tensor;
    const name = `${inputOf(node, index)}/drawn for ${node.name}`;
    constants.set(name, floatTensor(dims, numbers(dims)));
    return name;
  };
  const nodes = graph.nodes.map((node) => {
    if (!chosen.has(node)) return node;
    const weights = drawn(node, 1, (dims) => heNormal(dims, seed, node.name));
    const bias = inputOf(node, 2) ? [drawn(node, 2, (dims) => new Float32Array(sizeOf(dims)))] : [];
    return { ...node, inputs: [inputOf(node), weights, ...bias] };
  });
  return { ...graph, nodes, constants };
}

/** Weights [outputs, inputs of a neuron...]. */
function heNormal(dims: readonly number[], seed: number, layer: string): Float32Array {
  const deviation = Math.sqrt(2 / sizeOf(dims.slice(1)));
  return randomStream(seed, 'weights', layer)
    .normals(sizeOf(dims))
    .map((number) => deviation * number);
}
