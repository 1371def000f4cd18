import type { Dataset, Sample } from '../datasets/dataset.js';
import { type Rectangle, placeBox } from '../datasets/placement.js';
import { InputError, messageOf } from '../errors.js';
import { boxMask } from '../metrics/mask.js';
import type { Experiment } from './config.js';
import { heatmapSize, writeHeatmaps } from './heatmaps.js';
import { createInstruments, type Instruments } from './instruments.js';
import { type ExplainedMap, explainOutput } from './explained.js';
import { boxMeasures, complexityMeasures } from './measures.js';
import type { Model } from './model.js';
import { bestOutput, type Output, type Scorer } from './outputs.js';
import { type MethodCurves, perturbImage } from './perturb.js';
import { type PreparedInput, prepareInput } from './prepare.js';
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
}

/** A class to explain in an image. */
interface Subject {
  readonly output: Output;
  /** Whether its score is followed while the image is perturbed. */
  readonly followed: boolean;
  /** Pixels inside its boxes, where boxes are measured. */
  readonly mask: Uint8Array | undefined;
}

type Measured = Omit<DoneUnit, 'key' | 'network' | 'image'> | Omit<LeftOutUnit, 'key' | 'network' | 'image'>;

/**
 * Evaluates images one at a time; one evaluator a worker. It holds the instruments of one network, since tasks come
 * network by network.
 */
export class Evaluator {
  readonly #plan: Plan;
  readonly #dataset: Dataset;
  #current: { network: number; instruments: Promise<Instruments> } | undefined;

  constructor(plan: Plan, dataset: Dataset) {
    this.#plan = plan;
    this.#dataset = dataset;
  }

  /** Decodes a task's image; may run while another task is evaluated. */
  async prepare(task: Task): Promise<PreparedInput> {
    return prepareInput(this.#sample(task).path, this.#model(task));
  }

  /**
   * Computes everything that the experiment asks of one image. A broken image gives a `failed` unit; anything else that
   * is thrown is a defect or the machine's fault.
   */
  async evaluate(task: Task, prepared: Promise<PreparedInput>): Promise<UnitResult> {
    const head = { key: task.key, network: this.#model(task).name, image: this.#sample(task).id };
    try {
      return { ...head, ...(await this.#measure(task, await prepared)) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { ...head, status: 'failed', reason: messageOf(error) };
    }
  }

  /** The class indices that the network predicts and the data set gives agree. */
  async isCorrect(task: Task, prepared: Promise<PreparedInput>): Promise<boolean> {
    const { scorer, classify } = await this.#instruments(task.network);
    const best = bestOutput(scorer, await classify((await prepared).input));
    return this.#sample(task).labels.includes(scorer.outputs.indexOf(best));
  }

  async #measure(task: Task, prepared: PreparedInput): Promise<Measured> {
    const { experiment } = this.#plan;
    const { inputShape } = this.#model(task).network;
    const sample = this.#sample(task);
    const instruments = await this.#instruments(task.network);
    const { scorer } = instruments;
    const logits = await instruments.classify(prepared.input);
    const { subjects, unmeasured } = await this.#subjects(task, prepared, scorer, logits);
    if (subjects.length === 0) {
      const reason = unmeasured.map((one) => `${one.class}: ${one.reason}`).join('; ') || 'no class to explain';
      return { status: 'skipped', reason };
    }
    const explanations: ExplanationRecord[] = [];
    for (const subject of subjects) {
      const maps = await explainOutput(instruments, sample.id, prepared.input, logits, subject.output);
      const curves = subject.followed ? await this.#perturb(task, instruments, prepared, subject, maps) : undefined;
      explanations.push(...(await Promise.all(maps.map((map) => this.#record(task, subject, map, logits, scorer, curves)))));
      if (task.keepHeatmaps) {
        const several = subjects.length > 1 ? `.${subject.output.name}` : '';
        await writeHeatmaps(this.#heatmapFolder(task), `${sample.id}${several}`, inputShape, prepared, maps, subject.output.name);
      }
    }
    return {
      status: 'done',
      labels: sample.labels.map((label) => this.#className(label, scorer)),
      top: topOf(scorer, logits),
      ...(this.#dataset.type === 'voc' && { classScores: scoresOf(scorer, logits) }),
      explanations,
      unmeasured,
    };
  }

  /** The followed class, and every annotated class whose boxes are measured; one that is both stands once. */
  async #subjects(
    task: Task,
    prepared: PreparedInput,
    scorer: Scorer,
    logits: Float32Array,
  ): Promise<{ subjects: Subject[]; unmeasured: DoneUnit['unmeasured'] }> {
    const { boxes, perturbation } = this.#plan.experiment;
    const predicted = bestOutput(scorer, logits);
    const masks = boxes ? await this.#masks(task, prepared, scorer, predicted) : [];
    const unmeasured = masks.flatMap(({ output, reason }) => (reason === undefined ? [] : { class: output.name, reason }));
    const measured = masks.filter(({ mask }) => mask !== undefined);
    const followed = perturbation || !boxes ? this.#followed(task, scorer, predicted) : undefined;
    const subjects = measured.map(({ output, mask }) => ({ output, mask, followed: output === followed }));
    if (followed && !subjects.some((subject) => subject.followed)) {
      subjects.unshift({ output: followed, mask: undefined, followed: true });
    }
    return { subjects, unmeasured };
  }

  #followed(task: Task, scorer: Scorer, predicted: Output): Output {
    if (this.#plan.experiment.perturbation?.target !== 'true') return predicted;
    const [label] = this.#sample(task).labels;
    if (label === undefined) throw new InputError(`image ${this.#sample(task).id}: target 'true' needs a label, got none`);
    return scorer.outputs[label] as Output;
  }

  /** Each annotated class with the pixels inside its boxes, or the reason why there are none. */
  async #masks(task: Task, prepared: PreparedInput, scorer: Scorer, predicted: Output) {
    const config = this.#plan.experiment.boxes as BoxesConfig;
    const { height, width } = heatmapSize(this.#model(task).network.inputShape);
    const all = await this.#dataset.boxes(this.#sample(task));
    const labels = [...new Set(all.map(({ label }) => label))].sort((a, b) => a - b);
    return labels.map((label) => {
      const output = scorer.outputs[label] as Output;
      if (config.targets === 'annotated-and-predicted' && output !== predicted) return { output, reason: 'not predicted' };
      const own = all.filter((box) => box.label === label && (config.difficult || !box.difficult));
      if (own.length === 0) return { output, reason: 'only difficult boxes' };
      const placed = own.flatMap((box) => (prepared.placement && placeBox(box, prepared.placement)) ?? []);
      if (placed.length === 0) return { output, reason: 'boxes cropped away' };
      return { output, mask: boxMask(placed, width, height) };
    });
  }

  async #perturb(task: Task, { perturber, grid, scorer }: Instruments, prepared: PreparedInput, { output }: Subject, maps: readonly ExplainedMap[]) {
    const { perturbation } = this.#plan.experiment;
    if (!perturbation || !perturber || !grid) return undefined;
    return perturbImage({
      perturber,
      grid,
      prepared,
      inputShape: this.#model(task).network.inputShape,
      imageId: this.#sample(task).id,
      maps,
      config: perturbation,
      score: (logits) => scorer.score(logits, output),
      meanInput: this.#plan.meanInputs[task.network],
    });
  }

  async #record(
    subject: Subject,
    map: ExplainedMap,
    score: number,
    size: { height: number; width: number },
    curves: MethodCurves | undefined,
  ): Promise<ExplanationRecord> {
    const { boxes, complexity } = this.#plan.experiment;
    const own = curves?.get(map.method);
    return {
      class: subject.output.name,
      method: map.method,
      score,
      relevance: relevanceSums(map),
      ...(own && { curves: own }),
      ...(boxes && subject.mask && { boxes: boxMeasures(map.heatmap, subject.mask, size.width, boxes) }),
      ...(complexity && { complexity: await complexityMeasures(map, size) }),
    };
  }

  #heatmapFolder({ network }: Task): string {
    const { heatmaps, models } = this.#plan;
    return models.length > 1 ? join(heatmaps, slug((models[network] as Model).name)) : heatmaps;
  }

  #sample({ sample }: Task): Sample {
    return this.#plan.samples[sample] as Sample;
  }

  #model({ network }: Task): Model {
    return this.#plan.models[network] as Model;
  }

  async #instruments({ network }: Task): Promise<Instruments> {
    if (this.#current?.network !== network) {
      const before = this.#current;
      this.#current = {
        network,
        instruments: (async () => {
          await (await before?.instruments)?.release();
          return createInstruments(this.#plan.models[network] as Model, this.#dataset, this.#plan.experiment);
        })(),
      };
    }
    return this.#current.instruments;
  }
}

const BEST = 5;

function topOf({ outputs, score }: Scorer, logits: Float32Array): DoneUnit['top'] {
  return outputs
    .map((output) => ({ label: output.name, score: round(score(logits, output)) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, BEST);
}

function scoresOf({ outputs, score }: Scorer, logits: Float32Array): Record<string, number> {
  return Object.fromEntries(outputs.map((output) => [output.name, round(score(logits, output))]));
}
