import type { Dataset, Sample } from '../datasets/dataset.js';
import type { Engine } from '../engine/engine.js';
import { onnxruntime } from '../engine/onnxruntime.js';
import { InputError, messageOf } from '../errors.js';
import type { Experiment } from '../experiment/config.js';
import type { Model } from '../experiment/model.js';
import { type Calibration, calibrate } from './calibration.js';
import type { PreparedInput } from './families/explained-class.js';
import { createInstruments, type NetworkInstruments, UnfitError } from './instruments.js';
import { measureImage } from './measure.js';
import { prepareInput } from './prepare.js';
import { bestOutput } from './scorer.js';
import { alsoOf, type Task, type UnitResult } from './unit.js';

/** What workers share: read once by the main thread, handed to each. */
export interface Plan {
  readonly experiment: Experiment;
  readonly models: readonly Model[];
  readonly samples: readonly Sample[];
  /** By network: the data set's mean input, where the fill needs it. */
  readonly meanInputs: readonly (Float32Array | undefined)[];
  /** Folder for heatmaps. */
  readonly heatmaps: string;
  /** By network: how many inputs it is given at a time. Numbers do not depend on it. */
  readonly batches?: readonly (number | undefined)[];
}

/**
 * Evaluates images one at a time; one a worker. It holds the instruments of one network, since tasks come network by
 * network.
 */
export class UnitEvaluator {
  readonly #plan: Plan;
  readonly #dataset: Dataset;
  readonly #engine: Engine;
  #current: { network: number; instruments: Promise<NetworkInstruments> } | undefined;

  constructor(plan: Plan, dataset: Dataset, engine: Engine = onnxruntime) {
    this.#plan = plan;
    this.#dataset = dataset;
    this.#engine = engine;
  }

  /** Decodes a task's image; may run while another task is evaluated. */
  prepare({ network, sample }: Task): Promise<PreparedInput> {
    return prepareInput(this.#sample(sample).path, this.#model(network));
  }

  /** Frees the instruments. */
  async release(): Promise<void> {
    await (await this.#current?.instruments)?.release();
    this.#current = undefined;
  }

  /** Measures how fast a task's network is by batch. Nothing else may run meanwhile. */
  calibrate({ network }: Task): Promise<Calibration> {
    return calibrate(this.#engine, this.#model(network).network);
  }

  /** Loads what all tasks of a network need. @throws InputError when the experiment does not fit the network */
  async load({ network }: Task): Promise<void> {
    await this.#instruments(network);
  }

  /** Whether the network gives a sample one of its labels; for a broken image, what is wrong with it. */
  async isCorrect({ network, sample }: Task, prepared: Promise<PreparedInput>): Promise<boolean | string> {
    try {
      const { scorer, classify } = await this.#instruments(network);
      const best = bestOutput(scorer, await classify((await prepared).input));
      return this.#sample(sample).labels.includes(scorer.outputs.indexOf(best));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return messageOf(error);
    }
  }

  /**
   * Computes everything that the experiment asks of one image. A broken image gives a `failed` unit; anything else that
   * is thrown is a defect, the experiment's or the machine's fault.
   */
  async evaluate(task: Task, prepared: Promise<PreparedInput>): Promise<UnitResult> {
    const { experiment, models, meanInputs, heatmaps } = this.#plan;
    const sample = this.#sample(task.sample);
    const { name, network } = this.#model(task.network);
    const head = { key: task.key, network: name, image: sample.id };
    try {
      const instruments = await this.#instruments(task.network);
      const { input } = await prepared;
      const image = {
        sample,
        prepared: await prepared,
        inputShape: network.inputShape,
        scorer: instruments.scorer,
        logits: await instruments.classify(input),
        boxes: () => this.#dataset.boxes(sample),
      };
      const setting = {
        experiment,
        dataset: this.#dataset,
        network: name,
        several: models.length > 1,
        meanInput: meanInputs[task.network],
        heatmaps,
        instruments,
      };
      return { ...head, ...(await measureImage(image, setting, alsoOf(task))) };
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof UnfitError) throw error;
      return { ...head, status: 'failed', reason: messageOf(error) };
    }
  }

  #sample(index: number): Sample {
    return this.#plan.samples[index] as Sample;
  }

  #model(index: number): Model {
    return this.#plan.models[index] as Model;
  }

  async #instruments(network: number): Promise<NetworkInstruments> {
    if (this.#current?.network !== network) {
      const before = this.#current;
      this.#current = { network, instruments: this.#switch(before?.instruments, network) };
    }
    return this.#current.instruments;
  }

  async #switch(
    before: Promise<NetworkInstruments> | undefined,
    network: number,
  ): Promise<NetworkInstruments> {
    await (await before)?.release();
    const { experiment, batches } = this.#plan;
    const batch = batches?.[network];
    return createInstruments(this.#model(network), this.#dataset, experiment, this.#engine, batch);
  }
}
