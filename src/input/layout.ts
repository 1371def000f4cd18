import { mismatch } from '../errors.js';
import { sizeOf } from '../graph/tensor.js';

/**
 * How the numbers of a network's input lie: channel by channel, and in a channel place by place, row by row. Images are
 * [channels, height, width]; signals [channels, length] and features [features] have one row; what has more axes than an
 * image counts as one row of places, too. Where channels are told apart ({@link channelRows}), they are the rows.
 */
export interface InputLayout {
  readonly kind: 'features' | 'signal' | 'image' | 'volume' | 'channels';
  /** Without the batch. */
  readonly shape: readonly number[];
  /** A vector of features has one. */
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  /** Numbers of a channel: rows x columns. */
  readonly places: number;
  /** Shape of one number a place: the input's without the channels. */
  readonly heatmapShape: readonly number[];
}

const KINDS = ['features', 'signal', 'image'] as const;

/** How an input of a shape without the batch is read, where nothing is known of it but its shape. */
export type ReadLayout = (shape: readonly number[]) => InputLayout;

/** The layout of an input of a shape without the batch. */
export function layoutOf(shape: readonly number[]): InputLayout {
  const kind = KINDS[shape.length - 1] ?? 'volume';
  const [channels, heatmapShape] = kind === 'features' ? [1, shape] : [shape[0] as number, shape.slice(1)];
  const places = sizeOf(heatmapShape);
  const rows = kind === 'image' ? (heatmapShape[0] as number) : 1;
  return { kind, shape, channels, rows, columns: places / rows, places, heatmapShape };
}

/**
 * The layout of a signal whose channels tell something apart, such as electrodes: they are rows, so that every channel has
 * relevance of its own at every moment, and units may be single channels.
 * @throws InputError for an input that is not [channels, length]
 */
export function channelRows(shape: readonly number[]): InputLayout {
  const [rows, columns] = shape;
  if (rows === undefined || columns === undefined || shape.length !== 2) {
    throw mismatch({
      what: 'input of the network',
      where: 'signals',
      expected: '[channels, length]',
      got: `[${shape}]`,
    });
  }
  return { kind: 'channels', shape, channels: 1, rows, columns, places: rows * columns, heatmapShape: shape };
}
