import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { IMAGE_READING } from '../datasets/image.js';
import type { Dataset } from '../datasets/dataset.js';
import { onnxruntime } from '../engine/onnxruntime.js';
import { definitionOf } from '../explain/methods.js';
import { PERTURBATION_DEFINITION } from '../perturbation/definition.js';
import type { Experiment } from './config.js';
import type { Model } from './model.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/**
 * run.json: everything that defines the numbers (`definition`; two runs with the same definition give the same numbers)
 * and where they were computed. Times and worker counts stand in timings.csv, so that this file, too, is the same
 * for the same run.
 */
export interface RunRecord {
  readonly heatproof: string;
  readonly definition: Definition;
  readonly machine: { readonly processor: string; readonly cores: number; readonly memoryGB: number; readonly node: string; readonly platform: string };
}

export type Definition = Readonly<Record<string, unknown>>;

/** Writes down what a run is going to measure, in words and numbers. */
export function runRecord(experiment: Experiment, models: readonly Model[], dataset: Dataset): RunRecord {
  const { networks: _, dataset: datasetConfig, ...config } = experiment;
  const { root: __, ...datasetRest } = datasetConfig as { root: string };
  return {
    heatproof: version,
    definition: {
      config,
      networks: models.map(({ name, network, preprocessing }) => ({
        name,
        hash: network.hash,
        inputShape: network.inputShape,
        classes: network.classes,
        parameters: network.parameters,
        preprocessing,
      })),
      dataset: { ...datasetRest, hash: dataset.hash, images: dataset.samples.length },
      images: IMAGE_READING,
      methods: Object.fromEntries(experiment.methods.map((id) => [id, definitionOf(id)])),
      ...(experiment.perturbation && { perturbation: { ...PERTURBATION_DEFINITION, ...experiment.perturbation } }),
      engine: onnxruntime.name,
    },
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
  };
}
