import type { Rectangle } from '../datasets/placement.js';
import type { Conservation } from '../explain/conservation.js';
import type { AopcBounds } from '../metrics/aopc-bounds.js';
import type { Order } from './families/perturbation.js';
import type { SanityStage } from './families/sanity.js';

/** The key of an image's unit with a network. */
export function unitKey(network: string, image: string): string {
  return `${network}/${image}`;
}

/** What one image gave with one network: a line of the journal. Plain JSON; numbers that do not exist are absent. */
export type UnitResult = DoneUnit | LeftOutUnit;

interface UnitHead {
  readonly key: string;
  readonly network: string;
  readonly image: string;
}

/** An image without numbers: `skipped` by a rule of the experiment, or `failed` because something is wrong with it. */
export interface LeftOutUnit extends UnitHead {
  readonly status: 'skipped' | 'failed';
  readonly reason: string;
}

export interface DoneUnit extends UnitHead {
  readonly status: 'done';
  /** Names of the classes that the data set gives this image; empty when it gives none. */
  readonly labels: readonly string[];
  /** The five best outputs, best first. */
  readonly top: readonly { readonly label: string; readonly score: number }[];
  /** With a class map: the score of every class of the data set, for average precision. */
  readonly classScores?: Readonly<Record<string, number>>;
  readonly explanations: readonly ExplanationRecord[];
  /** By repeat: the least and the greatest AOPC that any order of the regions reaches for the followed class. */
  readonly bounds?: readonly AopcBounds[];
  /** Where boxes are measured and heatmaps are kept: the boxes of every explained class, in network coordinates. */
  readonly boxes?: Readonly<Record<string, readonly Rectangle[]>>;
  /** Annotated classes that could not be measured, and why (cropped away, difficult only). */
  readonly unmeasured: readonly { readonly class: string; readonly reason: string }[];
}

/** One method's explanation of one class in one image. */
export interface ExplanationRecord {
  readonly class: string;
  readonly method: string;
  /** Score of the explained output before anything is perturbed. */
  readonly score: number;
  readonly relevance: RelevanceSums;
  /** Scores f(x(0)) ... f(x(L)), one list a repeat, by order. */
  readonly curves?: { readonly [order in Order]?: readonly (readonly number[])[] };
  readonly boxes?: Readonly<Record<string, number>>;
  readonly complexity?: Readonly<Record<string, number>>;
  /** What happened to relevance at every layer; for a sample of images only. */
  readonly conservation?: Conservation;
  readonly robustness?: Readonly<Record<string, number>>;
  /** For a sample of images, their first class only. */
  readonly sanity?: readonly SanityStage[];
}

/** Sums over the heatmap. */
export interface RelevanceSums {
  readonly sum: number;
  readonly absolute: number;
  /** The relevance that the explanation started from; absent for methods that do not distribute one (gradients, baselines). */
  readonly start?: number;
}
