import type { PlacedMask } from '../../datasets/masks.js';
import type { PreparedInput } from '../../datasets/prepare.js';
import type { Engine } from '../../engine/engine.js';
import type { ExplainerSet } from '../../explain/explainer.js';
import type { ExplainOptions, ExplainRequest } from '../../explain/request.js';
import type { Network } from '../../import/network.js';
import type { Heatmap } from '../../input/heatmap.js';
import type { OwnUnits } from '../../input/kind.js';
import type { Region } from '../../input/kinds.js';
import type { Units } from '../../input/units.js';
import type { Evaluator } from '../../perturbation/evaluator.js';
import type { Asked } from './asked.js';

/** A heatmap of one class by one method. */
export interface MethodMap extends Heatmap {
  readonly method: string;
}

/** One class of one image as all methods explain it, and the means to ask the network more. */
export interface ExplainedClass {
  readonly request: ExplainRequest;
  readonly prepared: PreparedInput;
  /** One a method. */
  readonly maps: readonly MethodMap[];
  /** The score of the class, read from logits. */
  score(logits: Float32Array): number;
  /** The probability of the class, read from logits: that of all its outputs together. */
  probability(logits: Float32Array): number;
  /** The probability of all other outputs, which has the digits that 1 less that of the class loses. */
  others(logits: Float32Array): number;
  /** Whether it is the best class. */
  isBest(logits: Float32Array): boolean;
  /** Whether the network is right about the image; undefined where the data set does not say what is in it. */
  isRight(logits: Float32Array): boolean | undefined;
  /** Where the class is, where the family is measured on annotated classes. */
  readonly mask: PlacedMask | undefined;
  /** The mean of the data set's inputs, where a family needs it. */
  readonly meanInput: Float32Array | undefined;
  /** Whether the experiment compares several networks. */
  readonly several: boolean;
  readonly instruments: Instruments;
  readonly asked: Asked;
}

/** What a network is examined with. Everything is loaded when it is first used. */
export interface Instruments {
  readonly network: Network;
  readonly engine: Engine;
  /** How the experiment's methods explain. */
  readonly options: ExplainOptions;
  readonly explainers: ExplainerSet;
  /** What a region divides the input of an image into, and what computes logits as that is replaced. */
  regions(region: Region, of: OwnUnits): { readonly units: Units; readonly perturber: Evaluator };
  /**
   * Receives the logits of inputs that differ from that of the request, in their order, batch by batch.
   * @throws InputError when one of them is not finite
   */
  logits(request: ExplainRequest, inputs: Iterable<Float32Array>, receive: ReceiveLogits): Promise<void>;
  /** What the network represents inputs by, and their logits: one an input, in their order. */
  represent(requests: readonly ExplainRequest[]): Promise<readonly Represented[]>;
  /** Gives back all memory for something that takes much of it: what is needed afterwards is loaded again. */
  makeRoom(): Promise<void>;
}

/** What a network makes of an input. */
export interface Represented {
  readonly logits: Float32Array;
  /** What an inner layer computes; undefined of a network whose only layer reads the input. */
  readonly representation: Float32Array | undefined;
}

export type ReceiveLogits = (logits: Float32Array, index: number) => void;

/** What the units of an image may depend on. */
export function ownUnits(id: string, { document }: PreparedInput): OwnUnits {
  return { id, document };
}
