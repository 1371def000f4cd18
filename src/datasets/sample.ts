import type { SignalRows } from '../input/layout.js';

/** One image or array of a data set. Plain data: it may be sent to workers. */
export interface Sample {
  /** Unique within the data set; safe as a file name. */
  id: string;
  path: string;
  /** Class indices, ascending, each once; empty where the data set names none. */
  labels: number[];
  /** Those of its labels of which every object is marked difficult, where the data set marks objects. */
  difficult?: number[];
  /** Annotation file with boxes, where there is one. */
  annotation?: string;
  /** Masks, where there are any: PNG files of the indices of classes and of objects, from 1. */
  segmentation?: { classes: string; objects?: string };
  /** Of a recording, the first moment that belongs to the sample. */
  excerpt?: { first: number };
  /** Of a data set of texts, the document. */
  text?: TextSample;
}

/** A document as a data set has it. */
export interface TextSample {
  readonly tokens?: readonly string[];
  /** Of each token. */
  readonly ids?: readonly number[];
  /** Before it is cut into tokens. */
  readonly text?: string;
  /** Parts of it that are of a class: tokens start to end, without the last one. */
  readonly spans?: readonly { readonly start: number; readonly end: number; readonly label: string }[];
}

/** What holds for all samples of a data set of signals. */
export interface Signals extends Partial<SignalRows> {
  /** What is brought to mean 0 and standard deviation 1 (population) before the network sees it. */
  readonly standardise?: 'each-moment' | 'each-channel' | undefined;
}
