import type { Network } from '../../import/network.js';
import type { Composite } from '../composites.js';
import type { ChannelRelevance } from '../heatmap.js';
import type { MappedValue } from '../inner/value.js';
import type { ExplainRequest, Start } from '../request.js';
import type { Maps, Passes } from './passes.js';

/**
 * What computes the numbers of a method, before they are pooled. Each kind is a function in a file of its own that returns
 * one of these; the method table says what stands behind which id.
 */
export interface Attribution {
  /**
   * Everything that defines its numbers but the network, the input and the seed, for the record of a run. Attributions
   * with the same definition are the same numbers: methods that share one compute it once.
   * @param bounded whether the range of the network input is known
   * @param start what relevance starts with at the target, where the attribution does not say so itself
   */
  definition(bounded: boolean, start: Start): Readonly<Record<string, unknown>>;
  /** Asks for the passes that it needs, before they are loaded, and returns what computes it once they are. */
  prepare(passes: Passes): Attribute;
  /** The rules of the backward pass, where it is one. */
  readonly rules?: (bounded: boolean) => Composite;
  /** What that pass carries, where it is not relevance itself. */
  readonly carried?: 'ratio';
  /** Whether it hands down what starts at the target, so that sums of relevance mean something; else it is a derivative. */
  readonly distributes?: boolean;
  /** The same at an inner layer, of this name, where it can be computed there. */
  readonly at?: (layer: string) => Attribution;
  /** The inner layer that it is computed at, where it is. @throws InputError when the network has none that fits */
  readonly layer?: (network: Network) => MappedValue;
  /** How many other inputs of the data set it wants to draw from, where it does. */
  readonly references?: number;
  /** The folder whose files it is read from, where it is: no change of the network or of the input changes it. */
  readonly folder?: string;
}

/**
 * Gives every request its numbers, undefined where it has no heatmap; `maps` are those of the backward passes that were
 * asked for.
 */
export type Attribute = (requests: readonly ExplainRequest[], maps: Maps) => Attributed | Promise<Attributed>;

export type Attributed = readonly (Computed | undefined)[];

/** The numbers of one request: over the input, unless they lie over the grid of an inner layer. */
export interface Computed extends ChannelRelevance {
  /** What its numbers should sum to, where they should: what the output lost on the way to a baseline. */
  readonly expected?: number;
  /** Forward passes of other inputs that it took. */
  readonly passes?: number;
  /** How many of these computed only what differs from an input before. */
  readonly incrementalPasses?: number;
  readonly inner?: Inner;
}

/** Where numbers of an inner layer lie, and what the layer computed there, channels first. */
export interface Inner {
  readonly layer: MappedValue;
  readonly values: Float32Array;
}
