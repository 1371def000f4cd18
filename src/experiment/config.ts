import { dirname, isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { datasetSchema } from '../datasets/config.js';
import { kindOf } from '../datasets/kinds.js';
import { preprocessingSchema } from '../datasets/preprocessing.js';
import { WORD_FILES, type WordsConfig, wordsSchema } from '../datasets/text/words.js';
import { DEFAULT_ENGINE, ENGINE_NAMES } from '../engine/engines.js';
import { InputError, mismatch } from '../errors.js';
import { FAMILY_SCHEMAS } from '../evaluation/families/of-experiment.js';
import { compositesSchema } from '../explain/composites.js';
import { nameOf, settingsSchema } from '../explain/methods/settings.js';
import type { OwnMethods } from '../explain/own-methods.js';
import { readYaml, validate } from '../files/yaml.js';
import { type Region, regionWithin } from '../input/kinds.js';
import { GROUP_SCORES } from '../metrics/groups.js';
import { parseSetting, whereSet, withSettings } from './settings.js';

/** A name that tables, pictures and files show, and that cannot be taken for a path. */
const networkName = z
  .string()
  .regex(/^[^\p{Cc}/\\]+$/u, 'at least one character, no slash, backslash or control character')
  .regex(/[^.]/, 'not only dots');

/** A network descriptor: what a network's files are and how an image becomes its input. */
export const networkSchema = z.strictObject({
  name: networkName
    .optional()
    .describe('name in tables and plots; default: the descriptor’s or weight file’s name'),
  weights: z
    .string()
    .describe('.onnx, .caffemodel or model.json (TensorFlow.js) file; a .prototxt with randomWeights'),
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
    .describe('input shape without batch, channels first, where the file leaves it open'),
  preprocessing: preprocessingSchema.optional().describe('how an image becomes the input; arrays need none'),
  words: wordsSchema.optional().describe('how a document becomes the input'),
  labels: z.string().optional().describe('ilsvrc2012, voc, or a text file with one class a line'),
});
export type NetworkConfig = z.infer<typeof networkSchema>;

const scoringSchema = z.strictObject({
  map: z.string().describe('voc-to-ilsvrc, or a JSON file {class: [output indices]}'),
  group: z
    .enum(Object.keys(GROUP_SCORES) as (keyof typeof GROUP_SCORES)[])
    .default('sum-of-probabilities')
    .describe('how the outputs of a group become one score'),
});

const statisticsSchema = z.strictObject({
  interval: z.enum(['bca', 'percentile']).default('bca').describe('kind of bootstrap interval'),
  level: z.number().gt(0).lt(1).default(0.95).describe('coverage of the intervals; 1 - level for tests'),
  resamples: z.int().min(100).max(100_000).default(2000).describe('how often the images are drawn anew'),
  seed: z.int().min(0).default(1).describe('key of resamples and permutations'),
});

const stopSchema = z
  .strictObject({
    metric: z.string().describe('column name of the metric that is watched, such as aopc_morf'),
    decide: z
      .array(z.string())
      .min(2)
      .optional()
      .describe('methods: the run ends when the sign of the difference of every two of them is decided'),
    most: z
      .int()
      .min(10)
      .optional()
      .describe(
        'with decide: images at most; five looks, which need fewer images than one after every image',
      ),
    halfWidth: z
      .number()
      .gt(0)
      .optional()
      .describe('instead of decide: the run ends when the mean of every method is known to ± this'),
  })
  .refine(({ decide, halfWidth }) => (decide === undefined) !== (halfWidth === undefined), {
    error: 'expected either decide or halfWidth',
  })
  .refine(({ decide, most }) => decide !== undefined || most === undefined, {
    error: 'most: expected decide beside it',
  });
export type StopConfig = z.infer<typeof stopSchema>;

const gateSchema = z.strictObject({
  tolerance: z
    .number()
    .min(0)
    .default(0.05)
    .describe('largest drop that passes, as a share of the baseline value'),
});

/** Values of keys, a list a key: {@link loadSweep} makes a run of every combination. */
export const sweepSchema = z
  .record(z.string(), z.array(z.unknown()).min(1))
  .describe(
    'a run of every combination: a key with dots between its parts, as in perturbation.region, and its values',
  );

/** An experiment: the whole definition of a run. Every default stands here or in a family, and nowhere else. */
export const experimentSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, . _ - only')
    .regex(/[^.]/, 'not only dots')
    .describe('names the results folder, results/<name>'),
  model: z
    .union([z.string(), networkSchema, z.array(z.union([z.string(), networkSchema])).min(1)])
    .describe('network to examine, or several to compare: a descriptor, or the path of one'),
  dataset: datasetSchema.describe('images or arrays, and which of them'),
  methods: z
    .array(z.union([z.string(), settingsSchema]))
    .min(1)
    .describe('method ids, `heatproof methods` lists them; or a method with parameters of its own'),
  composites: compositesSchema.optional().describe('rule tables of your own, by the method id they get'),
  ...FAMILY_SCHEMAS,
  scoring: scoringSchema
    .optional()
    .describe('scores the classes of the data set by groups of outputs of the network'),
  heatmaps: z
    .int()
    .min(0)
    .default(24)
    .describe('for how many images pictures and arrays of the heatmaps are kept'),
  engine: z
    .enum(ENGINE_NAMES)
    .default(DEFAULT_ENGINE)
    .describe('what computes; wasm gives the same bits on every processor, see engines.md'),
  statistics: statisticsSchema.prefault({}).describe('intervals and tests, over images'),
  stop: stopSchema
    .optional()
    .describe('when the run ends before its last image; images then come in a random order'),
  gate: gateSchema.prefault({}).describe('what `heatproof gate` lets pass'),
  sweep: sweepSchema.optional(),
});
export type ExperimentConfig = z.infer<typeof experimentSchema>;

/**
 * An experiment with its network descriptors read in, every path absolute, and methods with parameters of their own beside
 * the composites, under their names; ids of `file:` methods stay as they are, and mean folders below `base`, which is that
 * of the config.
 */
export type Experiment = Omit<ExperimentConfig, 'model' | 'methods' | 'composites' | 'sweep'> & {
  networks: (NetworkConfig & { name: string })[];
  /** Ids, of built-in methods and of what stands in `composites`. */
  methods: string[];
  composites?: OwnMethods | undefined;
  base: string;
};

/**
 * Reads an experiment file. Relative paths are taken from the file that names them, `${NAME}` from the environment.
 *
 * @param settings values in place of those in the file, as in `perturbation.region=4`: a key with dots, and YAML
 * @throws InputError for a file that is missing or no YAML, an unknown key, a value out of range, an unset variable
 */
export async function loadExperiment(path: string, settings: readonly string[] = []): Promise<Experiment> {
  const set = settings.map(parseSetting);
  return resolveExperiment(withSettings(await readYaml(path), set), whereSet(path, set), path);
}

/**
 * The experiment that a config says whose relative paths are taken from `path`; see {@link loadExperiment}.
 * @throws InputError where it has a sweep
 */
export async function resolveExperiment(content: unknown, where: string, path: string): Promise<Experiment> {
  const { model, sweep = {}, ...config } = validate(experimentSchema, content, where);
  if (Object.keys(sweep).length > 0) {
    throw mismatch({
      what: 'config',
      where,
      expected: 'one experiment',
      got: `a sweep of ${Object.keys(sweep).join(', ')} (heatproof run does its runs)`,
    });
  }
  const models = Array.isArray(model) ? model : [model];
  const base = dirname(resolve(path));
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
  const files = dataset as Record<string, unknown>;
  for (const key of ['labels', ...(kindOf(dataset.type).files ?? [])]) {
    if (typeof files[key] === 'string') files[key] = resolveFile(base, files[key]);
  }
  const perturbation = config.perturbation && withRegion(base, config.perturbation);
  const faithfulness = config.faithfulness && withRegion(base, config.faithfulness);
  const channels = config.channels ?? kindOf(dataset.type).channels;
  const scoring = config.scoring && { ...config.scoring, map: resolveFile(base, config.scoring.map) };
  const { scoring: _, methods, composites, ...rest } = config;
  const named = namedMethods(methods, composites);
  const given = {
    ...(scoring && { scoring }),
    ...(perturbation && { perturbation }),
    ...(faithfulness && { faithfulness }),
    ...(channels !== undefined && { channels }),
  };
  return { ...rest, ...named, ...given, dataset, networks, base };
}

/** A family's config with the files of its region taken from a folder. */
function withRegion<Config extends { region: Region }>(base: string, config: Config): Config {
  return { ...config, region: regionWithin(base, config.region) };
}

/** The names of all methods, and what the config defines under names of its own. @throws InputError for a name that is taken */
export function namedMethods(
  methods: ExperimentConfig['methods'],
  composites: ExperimentConfig['composites'],
): Pick<Experiment, 'methods' | 'composites'> {
  const own: Record<string, OwnMethods[string]> = { ...composites };
  const names = methods.map((method) => {
    if (typeof method === 'string') return method;
    const { name: given, ...settings } = method;
    const name = given ?? nameOf(settings);
    if (given === undefined && name === settings.id) return name;
    if (Object.hasOwn(own, name)) throw new InputError(`methods: '${name}' stands there twice`);
    own[name] = settings;
    return name;
  });
  return { methods: names, ...(Object.keys(own).length > 0 && { composites: own }) };
}

/** Reads a network descriptor (YAML); see {@link loadExperiment} for paths and variables. */
export async function loadNetworkConfig(path: string): Promise<NetworkConfig & { name: string }> {
  return resolveNetwork(validate(networkSchema, await readYaml(path), path), path);
}

function resolveNetwork(config: NetworkConfig, path: string): NetworkConfig & { name: string } {
  const base = dirname(path);
  const { weights, prototxt, labels, words } = config;
  const stem = (file: string) => (file.split('/').pop() as string).replace(/\.\w+$/, '');
  return {
    ...config,
    name: validate(networkName, config.name ?? stem(path), path),
    weights: resolve(base, weights),
    ...(prototxt !== undefined && { prototxt: resolve(base, prototxt) }),
    ...(labels !== undefined && { labels: resolveFile(base, labels) }),
    ...(words && { words: { ...words, ...filesWithin(base, words) } }),
  };
}

function filesWithin(base: string, words: WordsConfig): Partial<WordsConfig> {
  const files = WORD_FILES.flatMap((key) =>
    words[key] === undefined ? [] : [[key, resolve(base, words[key])]],
  );
  return Object.fromEntries(files);
}

/** A built-in name stays as it is; what looks like a file is taken from the folder of the config. */
function resolveFile(base: string, name: string): string {
  return /[./\\]/.test(name) && !isAbsolute(name) ? resolve(base, name) : name;
}
