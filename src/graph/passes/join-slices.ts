import { type Graph, inputOf, intOf, type Node, outputOf, producersOf, prune } from '../graph.js';
import { inferShapes } from '../shapes.js';
import { toInts } from '../tensor.js';

/** Leaves out a Concat that joins all the slices a value was taken apart into, in their order. */
export function joinSlices(graph: Graph): Graph {
  const candidates = graph.nodes.filter(({ op }) => op === 'Concat');
  if (candidates.length === 0) return graph;
  const producers = producersOf(graph);
  const shapes = inferShapes(graph);
  const wholes = new Map<string, string>();
  for (const node of candidates) {
    const source = sourceOfSlices(graph, node, producers);
    const whole = source !== undefined && `${shapes.get(source)}` === `${shapes.get(outputOf(node))}`;
    if (whole && !graph.outputs.includes(outputOf(node))) wholes.set(outputOf(node), source);
  }
  const rename = (value: string): string => wholes.get(value) ?? value;
  return prune({
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename) })),
  });
}

/** The value of which a Concat joins slices that follow one another from the first element on. */
function sourceOfSlices(graph: Graph, concat: Node, producers: Map<string, Node>): string | undefined {
  const axis = intOf(concat, 'axis', 1);
  let source: string | undefined;
  let position = 0;
  for (const part of concat.inputs) {
    const slice = producers.get(part);
    if (slice?.op !== 'Slice') return undefined;
    source ??= inputOf(slice);
    const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => {
      const bounds = graph.constants.get(inputOf(slice, i));
      return bounds ? toInts(bounds) : [];
    });
    const follows = `${starts}` === `${position}` && `${axes}` === `${axis}` && `${steps}` === '1';
    if (inputOf(slice) !== source || !follows) return undefined;
    position = ends?.[0] as number;
  }
  return source;
}
