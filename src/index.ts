/**
 * heatproof as a library: what the command line does, as typed functions. docs/library.md is the guide.
 *
 * Bad input throws an {@link InputError}, whose message is one line; anything else that is thrown is a defect.
 * Inputs and relevance are float32, [channels, height, width] row by row, without a batch.
 */

// Networks, images, data sets:

export type { Box } from './datasets/boxes.js';
export type { PreparedImage } from './datasets/image.js';
export { type Placement, placeBox, type Rectangle } from './datasets/placement.js';
export type { Preprocessing } from './datasets/preprocessing.js';
export type { Sample } from './datasets/sample.js';
export { InputError } from './errors.js';
export { type NpyArray, readNpy, writeNpy } from './files/npy.js';
export type { ChannelRange } from './input/range.js';
export { type Dataset, openDataset } from './library/dataset.js';
export { type Classifier, loadNetwork, type NetworkDescriptor, prepareImage } from './library/network.js';

// Explanations and their pictures:

export type { EngineName } from './engine/engines.js';
export type { Conservation, LayerBalance } from './explain/conservation.js';
export type { InnerRelevance } from './explain/explainer.js';
export { listMethods } from './explain/methods.js';
export type { ExplainOptions, Reference } from './explain/request.js';
export type { Heatmap } from './input/heatmap.js';
export {
  createExplainer,
  type Explainer,
  type ExplainerOptions,
  type Explanation,
  explain,
  exportExplanation,
  type Question,
} from './library/explain.js';
export { createLayerExplainer, type LayerExplainer, type LayerExplanation } from './library/layer.js';
export { type EmbeddedWords, embedWords, type ReadDocument, readDocument } from './library/words.js';
export { commonLimit } from './report/colormaps.js';
export { comparisonPicture, heatmapPng, type Sheet, type SheetRow } from './report/pictures.js';

// Perturbation and boxes:

export { type BoxOptions, boxMetrics, outsideInside } from './library/boxes.js';
export { type PerturbationOptions, type PerturbationResult, perturb } from './library/perturb.js';

// Metrics and statistics over what was measured:

export {
  AOPC_METRICS,
  abpc,
  aopc,
  aopcByStep,
  areaUnderCurve,
  type Curves,
  relativeToStart,
} from './metrics/aopc.js';
export {
  type Bootstrap,
  type BootstrapOptions,
  createBootstrap,
} from './metrics/bootstrap.js';
export { BOX_METRICS, type BoxMetricId } from './metrics/boxes.js';
export { type Comparison, compare, type ValuePerImage } from './metrics/comparison.js';
export { COMPLEXITY_METRICS } from './metrics/complexity.js';
export type { Estimate } from './metrics/estimate.js';
export type { Direction, Metric } from './metrics/metric.js';
export { signFlipTest } from './metrics/permutation.js';
export { type RankedMethod, type Ranking, rankMethods } from './metrics/ranking.js';
export { holm } from './metrics/statistics.js';

// Whole experiments:

export type {
  ComparedMethod,
  ComparedMetric,
  ComparedRun,
  Comparison as RunComparison,
} from './compare/compare.js';
export { type Experiment, loadExperiment } from './experiment/config.js';
export { loadSweep, type Sweep, type SweepRun } from './experiment/sweep.js';
export type { GateReport, MethodReport, MetricReport } from './gate/compare.js';
export { compareRuns } from './library/compare.js';
export { type GateOptions, gate, updateBaseline } from './library/gate.js';
export { type FigureFile, type FigureOptions, figures, type TableOptions, table } from './library/papers.js';
export { report } from './library/report.js';
export type { Written } from './results/results.js';
export type { Summary } from './results/summary.js';
export { type MergeOptions, merge } from './run/merge.js';
export { type RunOptions, type RunOutcome, runExperiment } from './run/run.js';
export { runSweep, type SweepOptions, type SweepOutcome } from './run/sweep.js';

// Looking before running:

export { checkEngines, type EngineCheck } from './bench/engines.js';
export type { DatasetCheck, Finding } from './datasets/check.js';
export type { Source } from './fetch/sources.js';
export { doctor } from './library/doctor.js';
export { type FetchOptions, fetch, listSources } from './library/fetch.js';
export { type Inspection, inspect } from './library/inspect.js';
