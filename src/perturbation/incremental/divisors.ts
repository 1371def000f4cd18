import { windowGeometry } from '../../graph/geometry.js';
import { type Graph, inputOf, intOf, intsOf, type Node, outputOf, type Shape } from '../../graph/graph.js';
import { floatTensor, sizeOf, type Tensor } from '../../graph/tensor.js';

/**
 * The graph with every padded average pool counting its padding, followed by a multiplication that corrects the divisor at
 * the border: a window that is cut out with its padding does not know where the border was.
 */
export function explicitDivisors(graph: Graph, shapes: ReadonlyMap<string, Shape>): Graph {
  const constants = new Map<string, Tensor>(graph.constants);
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (node.op !== 'AveragePool' || intOf(node, 'count_include_pad', 0) === 1) return [node];
    if (intsOf(node, 'pads').every((pad) => pad === 0)) return [node];
    const correction = divisorCorrection(node, (shapes.get(inputOf(node)) as Shape).slice(2));
    const [pooled, factor] = [`${node.name}:sum`, `${node.name}:divisor`];
    constants.set(factor, correction);
    return [
      { ...node, name: pooled, outputs: [pooled], attributes: { ...node.attributes, count_include_pad: 1 } },
      { op: 'Mul', name: node.name, inputs: [pooled, factor], outputs: [outputOf(node)], attributes: {} },
    ];
  });
  return { ...graph, nodes, constants };
}

/** Taps of the window over taps inside the image, at every output: [1, 1, ...spatial]. */
function divisorCorrection(node: Node, spatial: readonly number[]): Tensor {
  const geometry = windowGeometry(node, spatial);
  const inside = geometry.output.map((outputs, axis) => {
    const [kernel, stride, pad] = [geometry.kernel, geometry.strides, geometry.padsBegin].map(
      (of) => of[axis] as number,
    ) as [number, number, number];
    return Array.from({ length: outputs }, (_, o) => {
      const start = o * stride - pad;
      return Math.min(start + kernel, spatial[axis] as number) - Math.max(start, 0);
    });
  });
  const taps = inside.reduce<number[]>(
    (products, counts) => products.flatMap((a) => counts.map((b) => a * b)),
    [1],
  );
  const kernel = sizeOf(geometry.kernel);
  return floatTensor(
    [1, 1, ...geometry.output],
    taps.map((count) => kernel / count),
  );
}
