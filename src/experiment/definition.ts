import { cpus, totalmem } from 'node:os';
import { basename, isAbsolute } from 'node:path';
import type { Dataset } from '../datasets/dataset.js';
import { IMAGE_READING } from '../datasets/image.js';
import { onnxruntime } from '../engine/onnxruntime.js';
import { IMAGE_GRID } from '../evaluation/image-coordinates.js';
import type { Conservation } from '../explain/conservation.js';
import { spatialOf } from '../explain/heatmap.js';
import { type Method, resolveMethod } from '../explain/methods.js';
import { STABILISER } from '../explain/rules.js';
import { describeFill } from '../perturbation/fills.js';
import { REMAINDER, regionGrid } from '../perturbation/regions.js';
import type { Shard } from '../run/plan.js';
import { version } from '../version.js';
import type { Experiment, PerturbationConfig } from './config.js';
import type { Model } from './model.js';

/**
 * run.json: what defines the numbers (two runs with the same `definition` give the same ones) and where they were
 * computed. Times stand in timings.csv, so that this file, too, is the same for the same run.
 */
export interface RunRecord {
  readonly heatproof: string;
  readonly experiment: Experiment;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly shard?: Shard;
  /** What happened to relevance layer by layer, for a sample of images; written when the run is complete. */
  readonly conservation?: readonly ConservationRecord[];
  readonly machine: Readonly<Record<string, string | number>>;
}

/** One explanation of the sample, from the logits down to the input. */
export type ConservationRecord = Conservation &
  Readonly<Record<'network' | 'image' | 'class' | 'method', string>>;

/** How the model-randomisation check is done, in words. */
const SANITY = {
  layers: 're-initialised one after another, from the output down, and left so',
  weights: 'normal, standard deviation sqrt(2 / inputs of a neuron); biases 0',
  judged: 'mean Spearman correlation of |R| with the upper half of the layers random',
};

/** How robustness is measured, in words. */
const ROBUSTNESS = {
  infidelity:
    'mean over random sets of regions of (relevance of the set - loss of score without it)^2; sizes uniform from 1 to all replaced regions',
  maxSensitivity:
    'largest l2 distance between heatmaps over inputs drawn uniformly from the cube of radius x image range; file: methods have none',
};

/** Writes down what a run is going to measure, in words and numbers. */
export function runRecord(
  experiment: Experiment,
  models: readonly Model[],
  dataset: Dataset,
  shard: Shard | undefined,
): RunRecord {
  const {
    name: _,
    networks: __,
    dataset: source,
    perturbation,
    robustness,
    sanity,
    boxes,
    scoring,
    composites,
    methods,
  } = experiment;
  const { root: ___, ...drawn } = source;
  return {
    heatproof: version,
    experiment,
    definition: {
      networks: models.map(describeNetwork),
      dataset: { ...withNames(drawn), hash: dataset.hash },
      images: IMAGE_READING,
      methods: Object.fromEntries(
        methods.map((id) => [id, describeMethod(resolveMethod(id, composites), models)]),
      ),
      relevance: {
        stabiliser: STABILISER,
        heatmap: 'sum over channels; -l2, -linf, sensitivity: pooled over channels',
      },
      ...(perturbation && { perturbation: describePerturbation(perturbation, models) }),
      ...(sanity && { sanity: { ...sanity, ...SANITY } }),
      ...(robustness && { robustness: { ...robustness, ...ROBUSTNESS } }),
      ...(boxes && {
        boxes: { ...boxes, inside: 'pixels whose centre lies in the union of the boxes of the class' },
      }),
      ...(scoring && { scoring: withNames(scoring) }),
      ...(experiment.complexity && {
        complexity: {
          grid: models.length > 1 ? `image coordinates, ${IMAGE_GRID} x ${IMAGE_GRID}` : 'network input',
        },
      }),
      statistics: { ...experiment.statistics, unit: 'image; repeats averaged within it' },
      engine: onnxruntime.name,
    },
    ...(shard && { shard }),
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
  };
}

/** A part of the config with files by name only: where they lie defines no number, and differs between machines. */
function withNames<T extends object>(part: T): T {
  const entries = Object.entries(part).map(([key, value]) => [
    key,
    typeof value === 'string' && isAbsolute(value) ? basename(value) : value,
  ]);
  return Object.fromEntries(entries) as T;
}

function describeNetwork({ name, network, preprocessing }: Model) {
  const { hash, inputShape, classes, parameters } = network;
  return { name, hash, inputShape, classes, parameters, preprocessing };
}

/** What a method does; by network where it is not the same, since rules can depend on whether its input has a known range. */
function describeMethod(method: Method, models: readonly Model[]) {
  const definitions = models.map(({ preprocessing }) => method.definition(preprocessing !== undefined));
  const [first] = definitions;
  if (definitions.every((one) => JSON.stringify(one) === JSON.stringify(first))) return first;
  return { networks: Object.fromEntries(models.map(({ name }, i) => [name, definitions[i]])) };
}

function describePerturbation(config: PerturbationConfig, models: readonly Model[]) {
  const grids = models.map(({ name, network }) => {
    const { rows, columns } = regionGrid(spatialOf(network), config.region);
    return [name, [rows, columns]];
  });
  return {
    ...config,
    grid: Object.fromEntries(grids),
    remainder: REMAINDER,
    draw: describeFill(config.fill),
    aopc: 'mean over k = 0..L of f(x(0)) - f(x(k)), divisor L + 1, k = 0 counts',
    ties: 'regions of equal relevance by index',
    randomNumbers:
      'Philox4x32-10 keyed by (seed, image, repeat, region); the same fills for all methods of an image',
  };
}
