import { createHash } from 'node:crypto';
import { cpus, totalmem } from 'node:os';
import { basename, isAbsolute } from 'node:path';
import { IMAGE_READING } from '../datasets/image.js';
import type { Words } from '../datasets/text/words.js';
import { ENGINES } from '../engine/engines.js';
import { familiesOf } from '../evaluation/families/of-experiment.js';
import type { Conservation } from '../explain/conservation.js';
import { type Method, resolveMethod } from '../explain/methods.js';
import { STABILISER } from '../explain/rules.js';
import type { SignalRows } from '../input/layout.js';
import { version } from '../version.js';
import type { Experiment } from './config.js';
import type { Model } from './model.js';
import type { OpenExperiment } from './open.js';
import type { Shard } from './shard.js';

/**
 * run.json: what defines the numbers (two runs with the same `definition` give the same ones) and where they were
 * computed. Times stand in timings.csv, so that this file, too, is the same for the same run.
 */
export interface RunRecord {
  readonly heatproof: string;
  readonly experiment: Experiment;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly shard?: Shard;
  /** What is known of the channels of signals, for pictures. */
  readonly signals?: Partial<SignalRows>;
  /** What happened to relevance layer by layer, for a sample of images; written when the run is complete. */
  readonly conservation?: readonly ConservationRecord[];
  readonly machine: Readonly<Record<string, string | number>>;
}

/** One explanation of the sample, from the logits down to the input. */
export type ConservationRecord = Conservation &
  Readonly<Record<'network' | 'image' | 'class' | 'method', string>>;

/** Writes down what a run is going to measure, in words and numbers. */
export function runRecord(
  { experiment, models, dataset, heatmapFolders, classMap = new Map() }: OpenExperiment,
  shard: Shard | undefined,
): RunRecord {
  const { dataset: source, scoring, composites, methods, statistics, stop } = experiment;
  const { root: _, ...drawn } = source;
  return {
    heatproof: version,
    experiment,
    definition: {
      networks: models.map(describeNetwork),
      dataset: { ...withNames(drawn), hash: dataset.hash },
      images: IMAGE_READING,
      methods: Object.fromEntries(
        methods.map((id) => {
          const content = heatmapFolders.find(({ method }) => method === id)?.hash;
          const described = describeMethod(resolveMethod(id, composites), models);
          return [id, { ...described, ...(content !== undefined && { content }) }];
        }),
      ),
      relevance: {
        stabiliser: STABILISER,
        heatmap: 'sum over channels; -l2, -linf, sensitivity: pooled over channels',
      },
      ...Object.fromEntries(
        familiesOf(experiment).map(({ family, config }) => [family.key, family.describe(config, models)]),
      ),
      ...(scoring && { scoring: { ...withNames(scoring), hash: hashOf([...classMap]) } }),
      ...(stop && { stop: { ...stop, order: 'images by SHA-256 of seed and id' } }),
      statistics: { ...statistics, unit: 'image; repeats averaged within it' },
      engine: ENGINES[experiment.engine].name,
    },
    ...(shard && { shard }),
    ...(dataset.signals && { signals: dataset.signals }),
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

function describeNetwork({ name, network, preprocessing, words, labels, labelled }: Model) {
  const { hash, inputShape, layout, classes, parameters } = network;
  return {
    name,
    hash,
    inputShape,
    ...(layout.patches && { patches: layout.patches }),
    classes,
    parameters,
    preprocessing,
    ...(words && { words: describeWords(words) }),
    ...(labelled && { labels: hashOf(labelled.names) }),
    ...(labelled && classes === 1 && { output: labels[0] }),
  };
}

/** The files of what makes documents the input by their content. */
function describeWords({ bag, idf, vocabulary, tokenizer }: Words) {
  return {
    ...(bag && { bag }),
    ...(idf && { idf: hashOf([...idf]) }),
    ...(vocabulary && { vocabulary: hashOf(vocabulary) }),
    ...(tokenizer !== undefined && { tokenizer: hashOf(tokenizer) }),
  };
}

/** What a file says, whatever it is called and wherever it lies. */
function hashOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

/** What a method does; by network where it is not the same, since rules can depend on whether its input has a known range. */
function describeMethod(method: Method, models: readonly Model[]) {
  const definitions = models.map(({ preprocessing, network }) => {
    const layer = method.layerIn(network);
    return { ...method.definition(preprocessing !== undefined), ...(layer !== undefined && { layer }) };
  });
  const [first] = definitions;
  if (definitions.every((one) => JSON.stringify(one) === JSON.stringify(first))) return first;
  return { networks: Object.fromEntries(models.map(({ name }, i) => [name, definitions[i]])) };
}
