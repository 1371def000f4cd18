import type { Dataset } from '../datasets/dataset.js';
import { type ClassMap, groupOfClass, loadClassMap } from '../datasets/labels.js';
import { layoutFor, openDataset } from '../datasets/open.js';
import { checkExperiment } from './check.js';
import type { Experiment } from './config.js';
import { type HeatmapFolder, readHeatmapFolders } from './heatmap-folders.js';
import { loadModel, type Model } from './model.js';
import { shareModel } from './shared-memory.js';

/** An experiment and what its config names, read once and checked. Plain data; weights lie in shared memory. */
export interface OpenExperiment {
  readonly experiment: Experiment;
  readonly models: readonly Model[];
  readonly dataset: Dataset;
  /** Which outputs stand for each class of the data set, where the experiment scores by groups of outputs. */
  readonly classMap?: ClassMap;
  /** What the folders of `file:` methods hold. */
  readonly heatmapFolders: readonly HeatmapFolder[];
}

/**
 * Lists the data set, loads the networks, and refuses what does not fit together, before any work is done.
 *
 * @throws InputError for anything wrong with the experiment or its files
 */
export async function openExperiment(experiment: Experiment): Promise<OpenExperiment> {
  const { scoring, networks } = experiment;
  const dataset = await openDataset(experiment.dataset);
  const loaded = (await Promise.all(networks.map(loadModel))).map(shareModel);
  const models = loaded.map((model) => readingAs(dataset, model));
  const classMap = scoring && loadClassMap(scoring.map);
  checkExperiment(experiment, models, dataset);
  for (const { network } of classMap ? models : [])
    for (const name of dataset.classes) groupOfClass(name, classMap as ClassMap, network);
  const heatmapFolders = readHeatmapFolders(experiment, models, dataset);
  return { experiment, models, dataset, ...(classMap && { classMap }), heatmapFolders };
}

/** The model with its input read as the data set says. @throws InputError when samples cannot be its input */
export function readingAs(dataset: Dataset, model: Model): Model {
  const layout = layoutFor(dataset, model.network.layout);
  return { ...model, network: { ...model.network, layout } };
}
