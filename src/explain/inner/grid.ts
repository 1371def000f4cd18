import { type Graph, outputOf } from '../../graph/graph.js';
import { hasPlaces } from '../../graph/operators/linear.js';
import { traitsOf } from '../../graph/operators/table.js';
import type { Network } from '../../import/network.js';
import type { InputLayout } from '../../input/layout.js';

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
 * Tokens of images are patches row by row, in the proportions of the image, behind a class token or none.
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
    return grid(channels, rows, columns, last, 0, last && axes === 1);
  }
  if (!last || spatial.length !== 1) return undefined;
  const tokens = spatial[0] as number;
  for (const skip of [0, 1]) {
    const [rows, columns] = proportioned(tokens - skip, layout);
    if (rows) return grid(channels, rows, columns as number, true, skip, true);
  }
  return undefined;
}

function grid(
  channels: number,
  rows: number,
  columns: number,
  last: boolean,
  skip: number,
  tokens: boolean,
): Grid | undefined {
  const places = rows * columns;
  if (places < 2) return undefined;
  const channelsFirst = (values: Float32Array) => {
    if (!last) return values;
    return Float32Array.from(
      { length: channels * places },
      (_, i) => values[((i % places) + skip) * channels + Math.floor(i / places)] as number,
    );
  };
  return { channels, rows, columns, places, tokens, channelsFirst };
}

/** Rows and columns of this many patches of an image; nothing where they do not have its proportions. */
function proportioned(patches: number, { rows, columns }: InputLayout): number[] {
  const down = Math.round(Math.sqrt((patches * rows) / columns));
  const across = patches / down;
  const alike = Math.abs(down * columns - across * rows) < Math.max(rows, columns);
  return patches > 0 && Number.isInteger(across) && alike ? [down, across] : [];
}

/** Whether a normalisation or dense layer over the last axis makes a value or reads it. */
function channelsAreLast(graph: Graph, value: string): boolean {
  return graph.nodes.some((node) => {
    const { kind, reads, gate } = traitsOf(node);
    const normalises = kind === 'normalisation' && !gate && reads.kind === 'axis' && reads.fallback === -1;
    const ofLastAxis = hasPlaces(node) || normalises;
    return ofLastAxis && (outputOf(node) === value || node.inputs[0] === value);
  });
}
