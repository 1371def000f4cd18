import { InputError } from '../errors.js';
import type { Inference } from '../incremental/choice.js';
import type { Document } from '../input/document.js';
import type { ChannelOrder } from '../input/lab.js';
import type { OwnMethods } from './own-methods.js';
import type { Bounds } from './scope.js';

/** Numbers for inputs of a network that are not explained, by name, without the batch. */
export type Given = Readonly<Record<string, Float32Array>>;

/** One image to explain. */
export interface ExplainRequest {
  /** Image id: key of random numbers and name of heatmap files. */
  readonly id: string;
  /** The network input, without the batch. */
  readonly input: Float32Array;
  /** What the network's other inputs are given, by their names; networks of words have such (masks). */
  readonly given?: Given;
  /** What stands where, where the input is a text: its words are what is hidden as a whole. */
  readonly document?: Document;
  /** The class to explain. */
  readonly target: number;
  /** Explains a weighted sum of logits instead, one weight a class. */
  readonly weights?: Float32Array;
}

/** The logit that is explained, or the weighted sum of logits. */
export function explainedLogit({ target, weights }: ExplainRequest, logits: Float32Array): number {
  if (!weights) return logits[target] as number;
  return weights.reduce((sum, weight, i) => sum + weight * (logits[i] as number), 0);
}

/** What starts at the target: its logit, or 1. */
export type Start = 'logit' | 'one';

/** An input that others are compared with. */
export interface Reference {
  /** No request of the same id meets it. */
  readonly id: string;
  /** A network input, without the batch. */
  readonly input: Float32Array;
}

export interface ExplainOptions {
  /** What LRP starts with at the target: its logit (default), or 1. Gradients always start with 1. */
  readonly start?: Start;
  /** Range of the network input, one number, one per channel or one per number of the input; the zB rule needs it. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  /** What the channels of an image show, for superpixels; default `rgb`. */
  readonly channels?: ChannelOrder;
  /** Key of all random numbers; default 0. */
  readonly seed?: number;
  /** Composites and methods with parameters of one's own, by the ids they get. */
  readonly composites?: OwnMethods;
  /** What the baseline `expected` of integrated gradients is drawn from; a run takes inputs of its data set. */
  readonly references?: readonly Reference[];
  /** The folder that those of `file:` methods are relative to; default: the working directory. */
  readonly base?: string;
  /** Inputs in one run of the engine; default {@link DEFAULT_BATCH}. */
  readonly batch?: number;
  /**
   * Whether backward passes keep their working memory for the next one (the default). Where single images are explained
   * and other things are done in between, it is better given back, for a few hundredths of the time.
   */
  readonly keepMemory?: boolean;
  /**
   * How methods compute inputs that differ from another one in parts of it; default `auto`. What is computed only where it
   * changes needs sessions of its own.
   */
  readonly inference?: Inference;
}

export const DEFAULT_BATCH = 4;

/** The range of the network input, when the options give it. @throws InputError when they give only one end of it */
export function boundsOf({ low, high }: Pick<ExplainOptions, 'low' | 'high'>): Bounds | undefined {
  if (low && high) return { low, high };
  if (!low && !high) return undefined;
  throw new InputError(
    `range of the network input: expected low and high, got ${low ? 'low' : 'high'} alone`,
  );
}
