import { type Graph, inputOf, intOf, type Node, type Shape } from '../graph.js';
import { toInts } from '../tensor.js';

/** The value that was taken apart into the slices that a Concat joins in their order, if they are all of it. */
export function joinedSlices(
  concat: Node,
  parts: readonly (Node | undefined)[],
  { constants }: Pick<Graph, 'constants'>,
  shapeOf: (value: string) => Shape,
): string | undefined {
  const axis = intOf(concat, 'axis', 1);
  let source: string | undefined;
  let position = 0;
  for (const slice of parts) {
    if (slice?.op !== 'Slice') return undefined;
    source ??= inputOf(slice);
    const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => {
      const bounds = constants.get(inputOf(slice, i));
      return bounds ? toInts(bounds) : [];
    });
    const follows = `${starts}` === `${position}` && `${axes}` === `${axis}` && `${steps}` === '1';
    if (inputOf(slice) !== source || !follows) return undefined;
    position = ends?.[0] as number;
  }
  return source !== undefined && shapeOf(source)[axis] === position ? source : undefined;
}
