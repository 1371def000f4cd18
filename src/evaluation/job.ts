import type { Calibration } from './calibration.js';
import type { UnitResult } from './unit.js';

/** Something for a worker to do, by name; plain JSON. Networks and samples are indices into those of the plan. */
export type Job = Classify | Calibrate | Evaluate;

/** Say whether a network is right about a sample. */
export interface Classify {
  readonly kind: 'classify';
  readonly network: number;
  readonly sample: number;
}

/** Measure how fast a network is by batch. */
export interface Calibrate {
  readonly kind: 'calibrate';
  readonly network: number;
}

/** Compute what the experiment asks of a sample with a network. */
export interface Evaluate {
  readonly kind: 'evaluate';
  /** The unit's key in the journal. */
  readonly key: string;
  readonly network: number;
  readonly sample: number;
  /**
   * What is done for some samples only: `heatmaps` are kept as files, for `conservation` relevance is followed layer by
   * layer; the key of a family that measures a few samples has it measure this one.
   */
  readonly also: readonly string[];
  /** Where heatmaps are kept, if not in the plan's folder. */
  readonly heatmaps?: string;
}

/** What a kind of job gives. */
export interface JobResults {
  /** Whether the network is right; of a broken sample, what is wrong with it. */
  readonly classify: boolean | string;
  readonly calibrate: Calibration;
  readonly evaluate: Evaluated;
}

/** A unit, and how long it took. */
export interface Evaluated {
  readonly unit: UnitResult;
  readonly seconds: number;
  /** Its line of the journal, where that exists already. */
  readonly line?: string;
}

export type JobOf<Kind extends Job['kind']> = Extract<Job, { kind: Kind }>;

export type ResultOf<J extends Job> = JobResults[J['kind']];
