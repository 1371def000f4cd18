import { mismatch } from '../errors.js';
import type { PatchGrid } from '../graph/patches.js';
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
  /** What the rows are, where channels are told apart. */
  readonly signal?: SignalRows;
  /** It is a text: a place of [numbers of an embedding, tokens] or of [words of a vocabulary] is a token or a word. */
  readonly text?: true;
  /** The grid of patches that the network's attention looks at, where it does. */
  readonly patches?: PatchGrid;
}

/** What is known of the channels of a signal. */
export interface SignalRows {
  /** Each once. */
  readonly names: readonly string[];
  /** Where sensors sit on the unit sphere of the head, one a channel: x right, y front, z up. */
  readonly positions?: readonly (readonly [number, number, number])[];
  /** Moments a second. */
  readonly sampleRate?: number;
}

const KINDS = ['features', 'signal', 'image'] as const;

/** The layout of an input of a shape without the batch. */
export function layoutOf(shape: readonly number[], patches?: PatchGrid): InputLayout {
  const kind = KINDS[shape.length - 1] ?? 'volume';
  const [channels, heatmapShape] = kind === 'features' ? [1, shape] : [shape[0] as number, shape.slice(1)];
  const places = sizeOf(heatmapShape);
  const rows = kind === 'image' ? (heatmapShape[0] as number) : 1;
  const columns = places / rows;
  return { kind, shape, channels, rows, columns, places, heatmapShape, ...(patches && { patches }) };
}

/** The layout of an input that is a text: embeddings, or a bag of words. @throws InputError for an input of more axes */
export function textLayout(shape: readonly number[]): InputLayout {
  if (shape.length <= 2) return { ...layoutOf(shape), text: true };
  throw mismatch({
    what: 'input of the network',
    where: 'texts',
    expected: 'ids of words, or one number a word of a vocabulary',
    got: `[${shape}]`,
  });
}

/**
 * The layout of a signal whose channels tell something apart, such as electrodes: they are rows, so that every channel has
 * relevance of its own at every moment, and units may be single channels. Channels without names are numbered from 1.
 * @throws InputError for an input that is not [channels, length], or has other channels than those that are named
 */
export function channelRows(shape: readonly number[], known: Partial<SignalRows> = {}): InputLayout {
  const [rows, columns] = shape;
  const names = known.names ?? Array.from({ length: rows ?? 0 }, (_, row) => String(row + 1));
  const fits = names.length === rows && (known.positions ?? names).length === rows;
  if (rows === undefined || columns === undefined || shape.length !== 2 || !fits) {
    throw mismatch({
      what: 'input of the network',
      where: 'signals',
      expected: known.names
        ? `[${known.names.length}, length], since so many channels are named`
        : '[channels, length]',
      got: `[${shape}]`,
    });
  }
  const places = rows * columns;
  const signal = { ...known, names };
  return { kind: 'channels', shape, channels: 1, rows, columns, places, heatmapShape: shape, signal };
}
