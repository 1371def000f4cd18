import type { Rectangle } from '../datasets/placement.js';
import type { Conservation } from '../explain/conservation.js';
import type { AnyFamily } from './families/family.js';
import type { Records } from './families/table.js';

/** The key of an image's unit with a network. */
export function unitKey(network: string, image: string): string {
  return `${network}/${image}`;
}

/** The keys of all units of a run, in the order of its plan: network by network. */
export function unitKeys(
  networks: readonly { readonly name: string }[],
  images: readonly string[],
): string[] {
  return networks.flatMap(({ name }) => images.map((image) => unitKey(name, image)));
}

/** What one image gave with one network: a line of the journal. Plain JSON; numbers that do not exist are absent. */
export type UnitResult = DoneUnit | LeftOutUnit;
export type DoneUnit = UnitHead & Done;
export type LeftOutUnit = UnitHead & NotDone;

interface UnitHead {
  readonly key: string;
  readonly network: string;
  readonly image: string;
}

/** An image without numbers: `skipped` by a rule of the experiment, or `failed` because something is wrong with it. */
export interface NotDone {
  readonly status: 'skipped' | 'failed';
  readonly reason: string;
}

export interface Done {
  readonly status: 'done';
  /** Names of the classes that the data set gives this image; empty when it gives none. */
  readonly labels: readonly string[];
  /** Those of them of which the image shows nothing but objects marked difficult. */
  readonly difficult?: readonly string[];
  /** The five best outputs, best first. */
  readonly top: readonly { readonly label: string; readonly score: number }[];
  /** With a class map: the score of every class of the data set, for average precision. */
  readonly classScores?: Readonly<Record<string, number>>;
  readonly explanations: readonly ExplanationRecord[];
  /** Where annotated classes are explained and heatmaps are kept: their boxes in network coordinates, by class. */
  readonly boxes?: Readonly<Record<string, readonly Rectangle[]>>;
  /** Annotated classes that could not be measured, and why (cropped away, difficult only). */
  readonly unmeasured: readonly { readonly class: string; readonly reason: string }[];
  /** Methods that could not explain the image, and why. */
  readonly unexplained?: readonly { readonly method: string; readonly reason: string }[];
  /** What families keep of the image as a whole. */
  readonly [part: string]: unknown;
}

/** One method's explanation of one class in one image, with what each family keeps of it. */
export type ExplanationRecord = ExplanationHead & Records;

type ExplanationHead = {
  readonly class: string;
  readonly method: string;
  /** Score of the explained output before anything is perturbed. */
  readonly score: number;
  readonly relevance: RelevanceSums;
  /** What happened to relevance at every layer; for a sample of images only. */
  readonly conservation?: Conservation;
};

/** What a family keeps of an explanation; undefined where it did not measure it. */
export function recordOf(explanation: ExplanationRecord | undefined, { recordKey }: AnyFamily): unknown {
  return (explanation as Readonly<Record<string, unknown>> | undefined)?.[recordKey];
}

/** Sums over the heatmap. */
export interface RelevanceSums {
  readonly sum: number;
  readonly absolute: number;
  /** The relevance that the explanation started from; absent for methods that do not distribute one (gradients, baselines). */
  readonly start?: number;
  /** What the sum should be, for methods that hand out what the output lost on the way to a baseline. */
  readonly expected?: number;
}
