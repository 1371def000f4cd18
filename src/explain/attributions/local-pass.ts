import type { Engine } from '../../engine/engine.js';
import { mostSteps } from '../../incremental/choice.js';
import { IncrementalInference } from '../../incremental/inference.js';
import type { Walk } from '../../incremental/passes.js';
import type { IncrementalPlan } from '../../incremental/plan.js';

/** A network that is computed only where its input changes, once it is loaded. */
export class LocalPass {
  #inference: IncrementalInference | undefined;

  constructor(
    readonly plan: IncrementalPlan,
    readonly batch: number,
  ) {}

  /** Where more units than this are replaced, the whole network is cheaper. */
  get mostSteps(): number {
    return mostSteps(this.plan);
  }

  async load(engine: Engine): Promise<void> {
    this.#inference = await IncrementalInference.load(engine, this.plan, { batch: this.batch });
  }

  /** Hands the logits of all looks at walks from an input to `receive`, in order; returns those of the input itself. */
  async run(
    input: Float32Array,
    walks: readonly Walk[],
    receive: (logits: Float32Array, look: number) => void,
  ): Promise<Float32Array> {
    if (!this.#inference) throw new Error('a pass that is not loaded');
    return this.#inference.run(input, walks, receive);
  }

  async release(): Promise<void> {
    await this.#inference?.release();
    this.#inference = undefined;
  }
}
