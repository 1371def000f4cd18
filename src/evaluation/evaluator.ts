import { readClassMask } from '../datasets/masks.js';
import { readSample, readSampleBoxes } from '../datasets/open.js';
import type { PreparedInput } from '../datasets/prepare.js';
import type { Sample } from '../datasets/sample.js';
import type { Engine } from '../engine/engine.js';
import { ENGINES } from '../engine/engines.js';
import { InputError, messageOf } from '../errors.js';
import type { Model } from '../experiment/model.js';
import { type Calibration, calibrate } from './calibration.js';
import { checkMethods, createInstruments, type NetworkInstruments, UnfitError } from './instruments.js';
import type { Calibrate, Classify, Evaluate, Job } from './job.js';
import { measureImage } from './measure.js';
import type { Plan } from './plan.js';
import { isRight } from './scorer.js';
import type { UnitResult } from './unit.js';

/**
 * Evaluates images one at a time; one a worker. It holds the instruments of one network, since jobs come network by
 * network.
 */
export class UnitEvaluator {
  readonly #plan: Plan;
  readonly #engine: Engine;
  #current: { network: number; instruments: Promise<NetworkInstruments> } | undefined;

  constructor(plan: Plan, engine: Engine = ENGINES[plan.experiment.engine]) {
    this.#plan = plan;
    this.#engine = engine;
  }

  /** Decodes a job's image; may run while another job is done. */
  prepare({ network, sample }: Classify | Evaluate): Promise<PreparedInput> {
    return readSample(this.#plan.dataset, this.#sample(sample), this.#model(network));
  }

  /** Frees the instruments. */
  async release(): Promise<void> {
    await (await this.#current?.instruments)?.release();
    this.#current = undefined;
  }

  /**
   * Measures how fast a network is by batch. Nothing else may run meanwhile. Compiles its methods first, so that none turns
   * out not to fit after other networks have been evaluated.
   *
   * @throws InputError when a method does not fit the network
   */
  async calibrate({ network }: Calibrate): Promise<Calibration> {
    await checkMethods(this.#plan, network);
    return calibrate(this.#engine, this.#model(network).network);
  }

  /** Loads what all jobs of a network need. @throws InputError when the experiment does not fit the network */
  async load({ network }: Job): Promise<void> {
    await this.#instruments(network);
  }

  /** Whether the network gives a sample one of its labels; for a broken image, what is wrong with it. */
  async isCorrect(
    { network, sample }: Classify,
    prepared: Promise<PreparedInput>,
  ): Promise<boolean | string> {
    try {
      const { scorer, classify } = await this.#instruments(network);
      return isRight(scorer, this.#sample(sample).labels, await classify(await prepared)) ?? false;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return messageOf(error);
    }
  }

  /**
   * Computes everything that the experiment asks of one image. A broken image gives a `failed` unit; anything else that
   * is thrown is a defect, the experiment's or the machine's fault.
   */
  async evaluate(job: Evaluate, prepared: Promise<PreparedInput>): Promise<UnitResult> {
    const { experiment, dataset, models, meanInputs, heatmaps } = this.#plan;
    const sample = this.#sample(job.sample);
    const { name, network } = this.#model(job.network);
    const head = { key: job.key, network: name, image: sample.id };
    try {
      const instruments = await this.#instruments(job.network);
      const read = await prepared;
      const { placement } = read;
      const image = {
        sample,
        prepared: read,
        layout: network.layout,
        scorer: instruments.scorer,
        logits: await instruments.classify(read),
        boxes: () => readSampleBoxes(dataset, sample),
        mask: async (label: number) => placement && readClassMask(sample, label, placement),
      };
      const setting = {
        experiment,
        dataset,
        network: name,
        several: models.length > 1,
        meanInput: meanInputs[job.network],
        heatmaps: job.heatmaps ?? heatmaps,
        instruments,
      };
      return { ...head, ...(await measureImage(image, setting, new Set(job.also))) };
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof UnfitError) throw error;
      return { ...head, status: 'failed', reason: messageOf(error) };
    }
  }

  #sample(index: number): Sample {
    return this.#plan.dataset.samples[index] as Sample;
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
    return createInstruments(this.#plan, network, this.#engine);
  }
}
