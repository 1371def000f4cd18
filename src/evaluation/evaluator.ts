import type { Dataset, Sample } from '../datasets/dataset.js';
import { type Placement, placeBox, type Rectangle } from '../datasets/placement.js';
import type { Engine } from '../engine/engine.js';
import { onnxruntime } from '../engine/onnxruntime.js';
import { InputError, messageOf } from '../errors.js';
import type { BoxesConfig, Experiment } from '../experiment/config.js';
import type { Model } from '../experiment/model.js';
import type { ExplainRequest } from '../explain/request.js';
import type { Heatmap } from '../input/heatmap.js';
import { type InputLayout, layoutOf } from '../input/layout.js';
import { boxMask } from '../metrics/mask.js';
import { writeForComparison } from '../results/network-comparison.js';
import { type Calibration, calibrate } from './calibration.js';
import { type ExplainedMap, explainOutput, explainRequest } from './explained.js';
import { type Followed, type FollowedClass, followClass } from './follow.js';
import { heatmapFolder, writeHeatmaps } from './heatmaps.js';
import { toImageCoordinates } from './image-coordinates.js';
import { createInstruments, type Instruments, UnfitError } from './instruments.js';
import { boxMeasures, complexityMeasures } from './measures.js';
import { round } from './numbers.js';
import { type PreparedInput, prepareInput } from './prepare.js';
import { bestOutput, type Output, type Scorer } from './scorer.js';
import type { DoneUnit, ExplanationRecord, LeftOutUnit, Task, UnitResult } from './unit.js';

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

/** A class to explain in an image. */
interface Subject {
  readonly output: Output;
  /** Whether its score is followed while the image is perturbed. */
  readonly followed: boolean;
  /** Its boxes in network coordinates, and the pixels inside them, where boxes are measured. */
  readonly boxes: { readonly placed: readonly Rectangle[]; readonly mask: Uint8Array } | undefined;
}

type Measured = Omit<DoneUnit, 'key' | 'network' | 'image'> | Omit<LeftOutUnit, 'key' | 'network' | 'image'>;

/**
 * Evaluates images one at a time; one a worker. It holds the instruments of one network, since tasks come network by
 * network.
 */
export class UnitEvaluator {
  readonly #plan: Plan;
  readonly #dataset: Dataset;
  readonly #engine: Engine;
  #current: { network: number; instruments: Promise<Instruments> } | undefined;

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
    const head = {
      key: task.key,
      network: this.#model(task.network).name,
      image: this.#sample(task.sample).id,
    };
    try {
      return { ...head, ...(await this.#measure(task, await prepared)) };
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof UnfitError) throw error;
      return { ...head, status: 'failed', reason: messageOf(error) };
    }
  }

  async #measure(task: Task, prepared: PreparedInput): Promise<Measured> {
    const sample = this.#sample(task.sample);
    const instruments = await this.#instruments(task.network);
    const { scorer } = instruments;
    const logits = await instruments.classify(prepared.input);
    const { subjects, unmeasured } = await this.#subjects(task, prepared, scorer, logits);
    if (subjects.length === 0) {
      const reasons = unmeasured.map((one) => `${one.class}: ${one.reason}`);
      return { status: 'skipped', reason: reasons.join('; ') || 'no annotated class' };
    }
    const requests = subjects.map(({ output }) =>
      explainRequest(scorer, sample.id, prepared.input, logits, output),
    );
    const conservation = task.checkConservation ? await instruments.checkConservation(requests) : undefined;
    const explanations: ExplanationRecord[] = [];
    let bounds: Followed['bounds'];
    for (const [i, subject] of subjects.entries()) {
      const request = requests[i] as ExplainRequest;
      const maps = await explainOutput(instruments.explainers, request, logits, this.#layout(task.network));
      const followed = subject.followed
        ? await this.#follow(task, instruments, { output: subject.output, request, prepared, maps })
        : {};
      const score = round(scorer.score(logits, subject.output));
      const checked = task.checkSanity && i === 0;
      const sanity = checked ? await instruments.checkSanity(request, maps) : undefined;
      for (const map of maps) {
        const record = await this.#record(prepared, subject, map, score, followed);
        const balance = conservation?.get(map.method)?.[i];
        const stages = sanity?.get(map.method);
        explanations.push({
          ...record,
          ...(balance && { conservation: balance }),
          ...(stages && { sanity: stages }),
        });
      }
      bounds ??= followed.bounds;
      if (task.keepHeatmaps) await this.#keep(task, prepared, subjects.length, subject.output, maps);
    }
    return {
      status: 'done',
      labels: this.#labelsOf(sample, scorer),
      top: topOf(scorer, logits),
      ...(this.#dataset.type === 'voc' && { classScores: scoresOf(scorer, logits) }),
      explanations,
      ...(bounds && { bounds }),
      ...(task.keepHeatmaps && this.#plan.experiment.boxes && { boxes: boxesByClass(subjects) }),
      unmeasured,
    };
  }

  /** The names of a sample's labels: those that the outputs have, where outputs and classes are the same. */
  #labelsOf({ labels }: Sample, { outputs }: Scorer): string[] {
    const { classes } = this.#dataset;
    const same = classes.length === outputs.length || classes.length === 0;
    return labels.flatMap((label) => (same ? outputs[label]?.name : classes[label]) ?? []);
  }

  /** The followed class, and every annotated class whose boxes are measured; one that is both stands once. */
  async #subjects(task: Task, prepared: PreparedInput, scorer: Scorer, logits: Float32Array) {
    const { boxes, perturbation } = this.#plan.experiment;
    const predicted = bestOutput(scorer, logits);
    const measured = boxes ? await this.#boxes(task, prepared, scorer, predicted, boxes) : [];
    const followed = perturbation || !boxes ? this.#followed(task, scorer, predicted) : undefined;
    const subjects: Subject[] = [];
    const unmeasured: { class: string; reason: string }[] = [];
    for (const { output, ...found } of measured) {
      if ('boxes' in found) subjects.push({ output, boxes: found.boxes, followed: output === followed });
      else unmeasured.push({ class: output.name, reason: found.reason });
    }
    if (followed && !subjects.some((subject) => subject.followed)) {
      subjects.unshift({ output: followed, boxes: undefined, followed: true });
    }
    return { subjects, unmeasured };
  }

  #followed({ sample }: Task, scorer: Scorer, predicted: Output): Output {
    if (this.#plan.experiment.perturbation?.target !== 'true') return predicted;
    const { id, labels } = this.#sample(sample);
    if (labels[0] === undefined) throw new InputError(`image ${id}: target 'true' needs a label, got none`);
    return scorer.outputs[labels[0]] as Output;
  }

  /** Each annotated class with its boxes, or the reason why there are none. */
  async #boxes(
    task: Task,
    { placement }: PreparedInput,
    scorer: Scorer,
    predicted: Output,
    config: BoxesConfig,
  ) {
    const { rows, columns } = this.#layout(task.network);
    const all = await this.#dataset.boxes(this.#sample(task.sample));
    const labels = [...new Set(all.map(({ label }) => label))].sort((a, b) => a - b);
    return labels.map((label) => {
      const output = scorer.outputs[label] as Output;
      if (config.targets === 'annotated-and-predicted' && output !== predicted)
        return { output, reason: 'not predicted' };
      const own = all.filter((box) => box.label === label && (config.difficult || !box.difficult));
      if (own.length === 0) return { output, reason: 'only difficult boxes' };
      const placed = own.flatMap((box) => (placement && placeBox(box, placement)) ?? []);
      if (placed.length === 0) return { output, reason: 'boxes cropped away' };
      return { output, boxes: { placed, mask: boxMask(placed, columns, rows) } };
    });
  }

  #follow(
    { network }: Task,
    instruments: Instruments,
    followed: Omit<FollowedClass, 'meanInput'>,
  ): Promise<Followed> {
    const { experiment, meanInputs } = this.#plan;
    return followClass(instruments, experiment, { ...followed, meanInput: meanInputs[network] });
  }

  async #record(
    { placement }: PreparedInput,
    { output, boxes: own }: Subject,
    map: ExplainedMap,
    score: number,
    { curves, robustness }: Followed,
  ): Promise<ExplanationRecord> {
    const { boxes, complexity } = this.#plan.experiment;
    const curve = curves?.get(map.method);
    const robust = robustness?.get(map.method);
    return {
      class: output.name,
      method: map.method,
      score,
      relevance: map.relevance,
      ...(curve && { curves: curve }),
      ...(boxes && own && { boxes: boxMeasures(map, own.mask, boxes) }),
      ...(complexity && { complexity: await complexityMeasures(this.#comparable(map, placement)) }),
      ...(robust && { robustness: robust }),
    };
  }

  /** The map that complexity is measured on: of several networks, in image coordinates, where sizes are equal. */
  #comparable(map: Heatmap, placement?: Placement): Heatmap {
    return this.#plan.models.length === 1 || !placement ? map : toImageCoordinates(map, placement);
  }

  async #keep(
    task: Task,
    prepared: PreparedInput,
    subjects: number,
    { name }: Output,
    maps: readonly ExplainedMap[],
  ) {
    const { heatmaps, models } = this.#plan;
    const { name: network } = this.#model(task.network);
    const several = models.length > 1;
    const folder = heatmapFolder(heatmaps, network, several);
    const { id } = this.#sample(task.sample);
    const image = subjects > 1 ? `${id}.${name}` : id;
    await writeHeatmaps(folder, image, this.#layout(task.network), prepared, maps, name);
    if (several) await writeForComparison(heatmaps, network, this.#sample(task.sample), prepared, maps);
  }

  #sample(index: number): Sample {
    return this.#plan.samples[index] as Sample;
  }

  #model(index: number): Model {
    return this.#plan.models[index] as Model;
  }

  #layout(network: number): InputLayout {
    return layoutOf(this.#model(network).network.inputShape);
  }

  async #instruments(network: number): Promise<Instruments> {
    if (this.#current?.network !== network) {
      const before = this.#current;
      this.#current = { network, instruments: this.#switch(before?.instruments, network) };
    }
    return this.#current.instruments;
  }

  async #switch(before: Promise<Instruments> | undefined, network: number): Promise<Instruments> {
    await (await before)?.release();
    const { experiment, batches } = this.#plan;
    const batch = batches?.[network];
    return createInstruments(this.#model(network), this.#dataset, experiment, this.#engine, batch);
  }
}

const BEST = 5;

function topOf({ outputs, score }: Scorer, logits: Float32Array): DoneUnit['top'] {
  return outputs
    .map((output) => ({ label: output.name, score: round(score(logits, output)) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, BEST);
}

function boxesByClass(subjects: readonly Subject[]): Record<string, Rectangle[]> {
  const corners = ({ left, top, right, bottom }: Rectangle): Rectangle => ({ left, top, right, bottom });
  const placed = subjects.flatMap(({ output, boxes }) =>
    boxes ? [[output.name, boxes.placed.map(corners)] as const] : [],
  );
  return Object.fromEntries(placed);
}

function scoresOf({ outputs, score }: Scorer, logits: Float32Array): Record<string, number> {
  return Object.fromEntries(outputs.map((output) => [output.name, round(score(logits, output))]));
}
