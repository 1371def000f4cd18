import type { Engine } from '../../engine/engine.js';
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

  async load(engine: Engine): Promise<void> {
    this.#inference = await IncrementalInference.load(engine, this.plan, { batch: this.batch });
  }

  /** The logits of an input, and then those of all looks at walks that start there. */
  async logits(input: Float32Array, walks: readonly Walk[]): Promise<Float32Array[]> {
    if (!this.#inference) throw new Error('a pass that is not loaded');
    const { classes } = this.#inference;
    const rows = await this.#inference.logits(input, walks);
    return Array.from({ length: rows.length / classes }, (_, i) =>
      rows.subarray(i * classes, (i + 1) * classes),
    );
  }

  async release(): Promise<void> {
    await this.#inference?.release();
    this.#inference = undefined;
  }
}
