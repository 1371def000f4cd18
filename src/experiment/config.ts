import { dirname, isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { datasetSchema } from '../datasets/config.js';
import { preprocessingSchema } from '../datasets/preprocessing.js';
import { mismatch } from '../errors.js';
import { compositesSchema } from '../explain/composites.js';
import { readYaml, validate } from '../files/yaml.js';
import { REGION_MEANING, regionSchema } from '../input/kinds.js';
import { BOX_METRICS } from '../metrics/boxes.js';
import { GROUP_SCORES } from '../metrics/groups.js';
import { FILL_KINDS } from '../perturbation/fills.js';

function keysOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}

/** A network descriptor: what a network's files are and how an image becomes its input. */
export const networkSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .describe('name in tables and plots; default: the descriptor’s or weight file’s name'),
  weights: z.string().describe('.onnx or .caffemodel file; a .prototxt with randomWeights'),
  prototxt: z.string().optional().describe('network definition that belongs to a .caffemodel'),
  randomWeights: z
    .int()
    .optional()
    .describe('draw the weights at random, with this seed; a prototxt without a caffemodel needs it'),
  output: z
    .string()
    .optional()
    .describe('layer or value whose numbers are the logits; default: the last layer before the softmax'),
  inputShape: z
    .array(z.int().positive())
    .optional()
    .describe('input shape without batch, where the file leaves it open'),
  preprocessing: preprocessingSchema.optional().describe('how an image becomes the input; arrays need none'),
  labels: z.string().optional().describe('ilsvrc2012, voc, or a text file with one class a line'),
});
export type NetworkConfig = z.infer<typeof networkSchema>;

const perturbationSchema = z.strictObject({
  region: regionSchema.default(9).describe(REGION_MEANING),
  steps: z.int().min(1).default(100).describe('L: in how many steps regions are replaced'),
  regionsPerStep: z
    .int()
    .min(1)
    .default(1)
    .describe('regions replaced in one step; with region 1, many of them: pixel flipping'),
  orders: z
    .array(z.enum(['morf', 'lerf', 'insertion']))
    .min(1)
    .default(['morf', 'lerf'])
    .describe('most relevant first, least relevant first; insertion: most relevant put back first'),
  fill: z.enum(FILL_KINDS).default('uniform').describe('what replaces a region'),
  repeats: z.int().min(1).default(1).describe('independent draws of the fill; averaged within the image'),
  output: z.enum(['logit', 'softmax']).default('logit').describe('the score that is followed'),
  target: z.enum(['predicted', 'true']).default('predicted').describe('whose score is followed'),
  bounds: z
    .int()
    .min(1)
    .optional()
    .describe(
      'normalise AOPC by the least and the greatest that any order reaches, searched with a beam this wide; ' +
        'costs 2 * steps * beam * regions scores an image',
    ),
  seed: z.int().min(0).default(1).describe('key of fills and random orders'),
});

const robustnessSchema = z.strictObject({
  removals: z
    .int()
    .min(0)
    .default(50)
    .describe('infidelity: random sets of regions that are removed; 0: not measured'),
  neighbours: z
    .int()
    .min(0)
    .default(10)
    .describe('max-sensitivity: random inputs nearby that are explained; 0: not measured'),
  radius: z
    .number()
    .gt(0)
    .default(0.02)
    .describe('how far every number of an input nearby may be, as a share of the image range'),
  seed: z.int().min(0).default(1).describe('key of removals and neighbours'),
});

const boxesSchema = z.strictObject({
  metrics: z
    .array(z.enum(keysOf(BOX_METRICS)))
    .min(1)
    .default(['outside-inside'])
    .describe('what is measured; docs/definitions.md has the formulas'),
  relevance: z
    .enum(['signed', 'positive', 'absolute'])
    .default('positive')
    .describe('which relevance counts'),
  aggregate: z
    .enum(['mean-of-ratios', 'ratio-of-means'])
    .default('mean-of-ratios')
    .describe('how the outside-inside ratios of images become one'),
  difficult: z.boolean().default(false).describe('count boxes marked difficult'),
  targets: z
    .enum(['annotated', 'annotated-and-predicted'])
    .default('annotated')
    .describe('explain every annotated class, or only those the network predicts'),
  tolerance: z
    .number()
    .min(0)
    .default(15)
    .describe('pointing game: pixels around the box that still count as a hit'),
});

const scoringSchema = z.strictObject({
  map: z.string().describe('voc-to-ilsvrc, or a JSON file {class: [output indices]}'),
  group: z
    .enum(keysOf(GROUP_SCORES))
    .default('sum-of-probabilities')
    .describe('how the outputs of a group become one score'),
});

const statisticsSchema = z.strictObject({
  interval: z.enum(['bca', 'percentile']).default('bca').describe('kind of bootstrap interval'),
  level: z.number().gt(0).lt(1).default(0.95).describe('coverage of the intervals; 1 - level for tests'),
  resamples: z.int().min(100).max(100_000).default(2000).describe('how often the images are drawn anew'),
  seed: z.int().min(0).default(1).describe('key of resamples and permutations'),
});

const gateSchema = z.strictObject({
  tolerance: z
    .number()
    .min(0)
    .default(0.05)
    .describe('largest drop that passes, as a share of the baseline value'),
});

const sanitySchema = z.strictObject({
  images: z
    .int()
    .min(1)
    .default(4)
    .describe('images whose heatmaps are compared as layers are re-initialised'),
  stages: z
    .int()
    .min(1)
    .default(8)
    .describe(
      'how often they are compared, spread evenly over the layers; the last time all layers are random',
    ),
  seed: z.int().min(0).default(1).describe('key of the random weights'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe(
      'rank correlation of |R| with the upper half of the layers random above which a method does not react',
    ),
});

/** An experiment: the whole definition of a run. Every default stands here and nowhere else. */
export const experimentSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, . _ - only')
    .describe('names the results folder, results/<name>'),
  model: z
    .union([z.string(), networkSchema, z.array(z.union([z.string(), networkSchema])).min(1)])
    .describe('network to examine, or several to compare: a descriptor, or the path of one'),
  dataset: datasetSchema.describe('images or arrays, and which of them'),
  methods: z.array(z.string()).min(1).describe('method ids; `heatproof methods` lists them'),
  composites: compositesSchema.optional().describe('rule tables of your own, by the method id they get'),
  perturbation: perturbationSchema
    .optional()
    .describe('region perturbation, with AOPC as its result; none without this key'),
  boxes: boxesSchema
    .optional()
    .describe('relevance against annotated boxes; no box metrics without this key'),
  scoring: scoringSchema
    .optional()
    .describe('scores the classes of the data set by groups of outputs of the network'),
  robustness: robustnessSchema
    .optional()
    .describe('infidelity and max-sensitivity; not measured without this key'),
  complexity: z.boolean().default(false).describe('entropy, Gini, top shares and file sizes of the heatmaps'),
  heatmaps: z
    .int()
    .min(0)
    .default(24)
    .describe('for how many images pictures and arrays of the heatmaps are kept'),
  statistics: statisticsSchema.prefault({}).describe('intervals and tests, over images'),
  gate: gateSchema.prefault({}).describe('what `heatproof gate` lets pass'),
  sanity: sanitySchema
    .optional()
    .describe('whether heatmaps react to the weights of the network; not checked without this key'),
});
export type ExperimentConfig = z.infer<typeof experimentSchema>;
export type PerturbationConfig = NonNullable<ExperimentConfig['perturbation']>;
export type RobustnessConfig = NonNullable<ExperimentConfig['robustness']>;
export type SanityConfig = NonNullable<ExperimentConfig['sanity']>;
export type BoxesConfig = NonNullable<ExperimentConfig['boxes']>;
export type ScoringConfig = NonNullable<ExperimentConfig['scoring']>;

/** An experiment with its network descriptors read in and every path absolute. */
export type Experiment = Omit<ExperimentConfig, 'model'> & { networks: (NetworkConfig & { name: string })[] };

/**
 * Reads an experiment file. Relative paths are taken from the file that names them, `${NAME}` from the environment.
 *
 * @throws InputError for a file that is missing or no YAML, an unknown key, a value out of range, an unset variable
 */
export async function loadExperiment(path: string): Promise<Experiment> {
  const { model, ...config } = validate(experimentSchema, await readYaml(path), path);
  const models = Array.isArray(model) ? model : [model];
  const base = dirname(path);
  const networks = await Promise.all(
    models.map((one) =>
      typeof one === 'string' ? loadNetworkConfig(resolve(base, one)) : resolveNetwork(one, path),
    ),
  );
  const names = networks.map((network) => network.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw mismatch({
      what: 'network name',
      where: path,
      expected: 'a different name each',
      got: `'${twice}' twice`,
    });
  }
  const dataset = { ...config.dataset, root: resolve(base, config.dataset.root) };
  if ('labels' in dataset && dataset.labels !== undefined) dataset.labels = resolveFile(base, dataset.labels);
  const scoring = config.scoring && { ...config.scoring, map: resolveFile(base, config.scoring.map) };
  const { scoring: _, ...rest } = config;
  return { ...rest, ...(scoring && { scoring }), dataset, networks };
}

/** Reads a network descriptor (YAML); see {@link loadExperiment} for paths and variables. */
export async function loadNetworkConfig(path: string): Promise<NetworkConfig & { name: string }> {
  return resolveNetwork(validate(networkSchema, await readYaml(path), path), path);
}

function resolveNetwork(config: NetworkConfig, path: string): NetworkConfig & { name: string } {
  const base = dirname(path);
  const { weights, prototxt, labels } = config;
  const stem = (file: string) => (file.split('/').pop() as string).replace(/\.\w+$/, '');
  return {
    ...config,
    name: config.name ?? stem(path),
    weights: resolve(base, weights),
    ...(prototxt !== undefined && { prototxt: resolve(base, prototxt) }),
    ...(labels !== undefined && { labels: resolveFile(base, labels) }),
  };
}

/** A built-in name stays as it is; what looks like a file is taken from the folder of the config. */
function resolveFile(base: string, name: string): string {
  return /[./\\]/.test(name) && !isAbsolute(name) ? resolve(base, name) : name;
}
