import type { Threads } from '../engine/engine.js';
import type { OpenExperiment } from '../experiment/open.js';
import type { Reference } from '../explain/request.js';

/** What workers share: made once by the main thread, handed to each. Workers open nothing but the samples' own files. */
export interface Plan extends OpenExperiment {
  /** By network: the data set's mean input, where the fill needs it. */
  readonly meanInputs: readonly (Float32Array | undefined)[];
  /** By network: inputs of the data set that methods compare others with, where one does. */
  readonly references: readonly (readonly Reference[] | undefined)[];
  /** Folder for heatmaps. */
  readonly heatmaps: string;
  /** By network: how many inputs it is given at a time. Numbers do not depend on it. */
  readonly batches?: readonly (number | undefined)[];
  /** The threads that the plan is for, where there are several. */
  readonly threads?: Threads | undefined;
}
