import { GraphBuilder } from '../graph/builder.js';
import { BATCH, derivedFrom, FREE, type Graph, type Node, type Shape } from '../graph/graph.js';

/**
 * Graphs that gather their own inputs. A value lies in memory as rows, one a position with all its channels; a window of
 * it is a list of row numbers. So what a step changed is never copied by hand: it is a matter of indices, and the engine
 * fetches whole rows. The layout with channels last costs nothing, because the engine reorders channels anyway.
 */

/** Input with the rows of a value: [rows, channels]. */
export const rowsOf = (value: string) => derivedFrom(value, 'rows');
/** Input with the row of every position of a value: [batch, (height,) width]. */
export const indexOf = (value: string) => derivedFrom(value, 'index');
/** Output with the rows of a value: [batch, (height,) width, channels]. */
export const patchOf = (value: string) => derivedFrom(value, 'patch');

export interface Gathering {
  nodes: readonly Node[];
  /** Names that the nodes read, with the number of channels of each. */
  reads: ReadonlyMap<string, number>;
  /** Values returned as rows. */
  patches: readonly string[];
  /** Values returned as they are. */
  values: readonly string[];
}

/** A graph over the nodes that gathers what they read. `rank` is that of all values that are read or returned as rows. */
export function gatheringGraph(
  whole: Graph,
  { nodes, reads, patches, values }: Gathering,
  rank: number,
): Graph {
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis + 1);
  const constants = new Map([...whole.constants].filter(([name]) => !reads.has(name)));
  const builder = new GraphBuilder(whole.name, { ...whole, inputs: [], nodes: [], outputs: [], constants });
  for (const [value, channels] of reads) {
    const rows = builder.input({ name: rowsOf(value), type: 'float32', shape: [FREE, channels] });
    const shape: Shape = [BATCH, ...axes.map(() => FREE)];
    const index = builder.input({ name: indexOf(value), type: 'int32', shape });
    const gathered = builder.add('Gather', [rows, index], { axis: 0 }, `${value}:gathered`);
    builder.append(transpose(gathered, value, [0, rank - 1, ...axes]));
  }
  for (const node of nodes) builder.append(node);
  for (const value of patches) {
    builder.append(transpose(value, patchOf(value), [0, ...axes.map((axis) => axis + 1), 1]));
  }
  return builder.build([...patches.map(patchOf), ...values]);
}

function transpose(input: string, output: string, perm: readonly number[]): Node {
  return { op: 'Transpose', name: output, inputs: [input], outputs: [output], attributes: { perm } };
}
