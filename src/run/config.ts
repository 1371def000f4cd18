import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { datasetSchema } from '../datasets/config.js';
import { preprocessingSchema } from '../datasets/preprocessing.js';
import { InputError, messageOf, mismatch } from '../errors.js';
import { compositesSchema } from '../explain/composites.js';
import { BOX_METRICS } from '../metrics/boxes.js';
import { GROUP_SCORES } from '../metrics/groups.js';
import { FILL_KINDS } from '../perturbation/fills.js';
import { didYouMean } from '../suggest.js';

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
    .describe('fill a prototxt without weights with random numbers of this seed'),
  output: z
    .string()
    .optional()
    .describe('layer or value whose numbers are the logits; default: the last layer before the softmax'),
  inputShape: z
    .array(z.int().positive())
    .optional()
    .describe('input shape without batch, where the file leaves it open'),
  preprocessing: preprocessingSchema.optional(),
  labels: z.string().optional().describe('ilsvrc2012, voc, or a text file with one class a line'),
});
export type NetworkConfig = z.infer<typeof networkSchema>;

const perturbationSchema = z.strictObject({
  region: z.int().min(1).default(9).describe('side of a square region in pixels'),
  steps: z.int().min(1).default(100).describe('L: how many regions are replaced, one after the other'),
  orders: z
    .array(z.enum(['morf', 'lerf']))
    .min(1)
    .default(['morf', 'lerf'])
    .describe('most relevant first, least relevant first'),
  fill: z.enum(FILL_KINDS).default('uniform').describe('what replaces a region'),
  repeats: z.int().min(1).default(1).describe('independent draws of the fill; averaged within the image'),
  output: z.enum(['logit', 'softmax']).default('logit').describe('the score that is followed'),
  target: z.enum(['predicted', 'true']).default('predicted').describe('whose score is followed'),
  seed: z.int().min(0).default(1),
});

const boxesSchema = z.strictObject({
  metrics: z
    .array(z.enum(keysOf(BOX_METRICS)))
    .min(1)
    .default(['outside-inside']),
  relevance: z
    .enum(['signed', 'positive', 'absolute'])
    .default('positive')
    .describe('which relevance counts'),
  aggregate: z.enum(['mean-of-ratios', 'ratio-of-means']).default('mean-of-ratios'),
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
  interval: z.enum(['bca', 'percentile']).default('bca'),
  level: z.number().gt(0).lt(1).default(0.95),
  resamples: z.int().min(100).max(100_000).default(2000),
  seed: z.int().min(0).default(1),
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
  seed: z.int().min(0).default(1),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.7)
    .describe('rank correlation with all layers random above which a method does not react'),
});

/** An experiment: the whole definition of a run. Every default stands here and nowhere else. */
export const experimentSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, 'letters, digits, . _ - only'),
  model: z.union([z.string(), networkSchema, z.array(z.union([z.string(), networkSchema])).min(1)]),
  dataset: datasetSchema,
  methods: z.array(z.string()).min(1),
  composites: compositesSchema.optional(),
  perturbation: perturbationSchema.optional(),
  boxes: boxesSchema.optional(),
  scoring: scoringSchema.optional(),
  complexity: z.boolean().default(false).describe('entropy, Gini, top shares and file sizes of the heatmaps'),
  heatmaps: z
    .int()
    .min(0)
    .default(24)
    .describe('for how many images pictures and arrays of the heatmaps are kept'),
  statistics: statisticsSchema.prefault({}),
  gate: gateSchema.prefault({}),
  sanity: sanitySchema.optional(),
});
export type ExperimentConfig = z.infer<typeof experimentSchema>;
export type PerturbationConfig = NonNullable<ExperimentConfig['perturbation']>;
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

async function readYaml(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new InputError(`config file (${path}): ${messageOf(error)}`);
  }
  const document = parseDocument(text, { maxAliasCount: 100 } as object);
  const [problem] = document.errors;
  if (problem)
    throw mismatch({ what: 'config file', where: path, expected: 'YAML', got: messageOf(problem) });
  return expand(document.toJS({ maxAliasCount: 100 }), path);
}

/**
 * `${NAME}` in any string becomes the environment's value. A relative path in a variable is taken from the working
 * directory, as the shell that set it would.
 */
function expand(value: unknown, path: string): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = process.env[name];
      if (found === undefined || found === '') {
        throw mismatch({
          what: `environment variable ${name}`,
          where: path,
          expected: 'a value',
          got: 'nothing set',
        });
      }
      return /^\.{1,2}(\/|$)/.test(found) ? resolve(found) : found;
    });
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, path));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, path)]));
  }
  return value;
}

/** Checks a value against a schema and says in one line which key is wrong, what was expected and what stands there. */
export function validate<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap(flattenUnion);
  const issue = issues.reduce((deepest, next) => (next.path.length > deepest.path.length ? next : deepest));
  const where = `${path}${issue.path.length ? `, key ${issue.path.join('.')}` : ''}`;
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys as [string];
    throw new InputError(`unknown key '${key}' (${where})${didYouMean(key, knownKeys(schema, issue.path))}`);
  }
  throw new InputError(
    `config value (${where}): ${issue.message}, got ${JSON.stringify(issue.input) ?? 'nothing'}`,
  );
}

/** The complaints of a union's most promising branch: the one that got furthest into the value. */
function flattenUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const depth = (branch: z.core.$ZodIssue[]) => Math.max(...branch.map((one) => one.path.length));
  const best = issue.errors.reduce((a, b) => (depth(b) > depth(a) ? b : a));
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(flattenUnion);
}

/** The keys that a schema allows at a path, for suggestions. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  const json = z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }) as Schema;
  let here: Schema[] = [json];
  for (const key of path) {
    here = here
      .flatMap(alternatives)
      .map((one) => (typeof key === 'number' ? one.items : one.properties?.[String(key)]))
      .filter((one) => one !== undefined);
  }
  return here.flatMap(alternatives).flatMap((one) => Object.keys(one.properties ?? {}));
}

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

function alternatives(schema: Schema): Schema[] {
  const branches = schema.anyOf ?? schema.oneOf;
  return branches ? branches.flatMap(alternatives) : [schema];
}
