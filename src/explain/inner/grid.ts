import { type Graph, outputOf } from '../../graph/graph.js';
import { hasPlaces } from '../../graph/operators/linear.js';
import { traitsOf } from '../../graph/operators/table.js';
import { tokensOf } from '../../graph/patches.js';
import type { Network } from '../../import/network.js';

/** How the numbers of an inner value lie over the input: rows x columns places of `channels` numbers each. */
export interface Grid {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly places: number;
  /** Whether its places are tokens, the first of which may be one for the class. */
  readonly tokens: boolean;
  /** Channel by channel, and in a channel place by place; what lies over no place (a class token) is left out. */
  channelsFirst(values: Float32Array): Float32Array;
}

/**
 * The grid of an inner value: channels first; or last, where a layer that works on the last axis makes it or reads it.
 * Tokens of images lie where the patches do that they were made of.
 * @param shape of the value, without the batch
 * @returns undefined where it does not lie over the input, or has one place only
 */
export function gridOf(
  { graph, layout }: Network,
  value: string,
  shape: readonly number[],
): Grid | undefined {
  if (layout.kind === 'features' || layout.kind === 'volume') return undefined;
  const last = channelsAreLast(graph, value);
  const channels = (last ? shape.at(-1) : shape[0]) ?? 0;
  const spatial = last ? shape.slice(0, -1) : shape.slice(1);
  const axes = layout.kind === 'image' ? 2 : 1;
  if (spatial.length === axes) {
    const [rows, columns] = axes === 2 ? (spatial as [number, number]) : [1, spatial[0] as number];
    return grid({ channels, rows, columns }, last ? (place) => place : undefined, last && axes === 1);
  }
  const tokens = last && spatial.length === 1 ? tokensOf(graph) : undefined;
  if (!tokens || tokens.patches.length !== spatial[0]) return undefined;
  const tokenOf = new Map(tokens.patches.map((patch, token) => [patch, token]));
  const { rows, columns } = tokens.grid;
  const all = Array.from({ length: rows * columns }, (_, patch) => tokenOf.get(patch));
  if (all.includes(undefined)) return undefined;
  return grid({ channels, rows, columns }, (place) => all[place] as number, true);
}

/** @param index of a place among those of the value, where channels are last */
function grid(
  size: Pick<Grid, 'channels' | 'rows' | 'columns'>,
  index: ((place: number) => number) | undefined,
  tokens: boolean,
): Grid | undefined {
  const { channels, rows, columns } = size;
  const places = rows * columns;
  if (places < 2) return undefined;
  const channelsFirst = (values: Float32Array) => {
    if (!index) return values;
    return Float32Array.from(
      { length: channels * places },
      (_, i) => values[index(i % places) * channels + Math.floor(i / places)] as number,
    );
  };
  return { ...size, places, tokens, channelsFirst };
}

/** Whether a normalisation or dense layer over the last axis makes a value, or that which it is cut out of, or reads it. */
function channelsAreLast(graph: Graph, value: string): boolean {
  return graph.nodes.some((node) => {
    const { kind, reads, gate } = traitsOf(node);
    const normalises = kind === 'normalisation' && !gate && reads.kind === 'axis' && reads.fallback === -1;
    const ofLastAxis = hasPlaces(node) || normalises;
    if (ofLastAxis && (outputOf(node) === value || node.inputs[0] === value)) return true;
    // What is cut out has its axes in the order of the whole: a class token is one place of many features.
    return (
      node.op === 'Slice' && outputOf(node) === value && channelsAreLast(graph, node.inputs[0] as string)
    );
  });
}
