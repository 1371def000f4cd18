import { extname, resolve } from 'node:path';
import { InputError } from '../errors.js';
import { type Experiment, loadExperiment, type NetworkConfig } from '../experiment/config.js';
import { DESCRIPTORS, resolveModel } from '../experiment/model.js';
import type { OwnMethods } from '../explain/own-methods.js';
import { readYaml } from '../files/yaml.js';

/** What a command looks at: networks, and what an experiment says of methods. */
export interface Subjects {
  readonly networks: readonly (NetworkConfig & { readonly name: string })[];
  /** Ids of the experiment's methods. */
  readonly methods: readonly string[];
  /** What the experiment defines under names of its own. */
  readonly composites?: OwnMethods;
  /** The experiment's data set, which says how inputs are read. */
  readonly dataset?: Experiment['dataset'];
  /** The folder that those of its `file:` methods are relative to. */
  readonly base?: string;
}

/** The networks and methods of an experiment, or a network alone: a path leads to either. */
export async function readSubjects(path: string, prototxt?: string): Promise<Subjects> {
  if (await isExperiment(path)) return experimentSubjects(path);
  return { networks: [await resolveModel(path, prototxt)], methods: [] };
}

/** The networks and methods of an experiment. */
export async function experimentSubjects(path: string): Promise<Subjects> {
  const { networks, methods, composites, dataset, base } = await loadExperiment(resolve(path));
  return { networks, methods, ...(composites && { composites }), dataset, base };
}

/** Whether a file is an experiment: it names a network where a descriptor names weights. */
async function isExperiment(path: string): Promise<boolean> {
  if (!DESCRIPTORS.includes(extname(path).toLowerCase())) return false;
  const content = await readYaml(path);
  return typeof content === 'object' && content !== null && 'model' in content;
}

/** Options that say which network is explained, and how. */
interface Choice {
  readonly config: string | undefined;
  readonly model: string | undefined;
  readonly prototxt: string | undefined;
  readonly method: string | undefined;
}

/** One network, and the methods that explain it. */
export interface Chosen extends Omit<Subjects, 'networks'> {
  readonly network: NetworkConfig & { readonly name: string };
}

/**
 * The network behind `--model`, or that of the experiment behind `--config`; of several ones, `--model` names one. The methods
 * behind `--method`, or all of the experiment.
 */
export async function chooseSubject({ config, model, prototxt, method }: Choice): Promise<Chosen> {
  const given = method?.split(',').map((id) => id.trim());
  if (config === undefined) {
    const lacking = [...(model === undefined ? ['--model'] : []), ...(given ? [] : ['--method'])];
    if (model === undefined || given === undefined) {
      throw new InputError(`expected ${lacking.join(' and ')}, or --config; see heatproof explain --help`);
    }
    return { network: await resolveModel(model, prototxt), methods: given };
  }
  const { networks, methods, ...own } = await experimentSubjects(config);
  const [only, ...others] = networks;
  const named = model === undefined ? only : networks.find(({ name }) => name === model);
  if (model === undefined && others.length > 0) {
    const names = networks.map(({ name }) => name).join(', ');
    throw new InputError(`--config ${config} has several networks: expected --model with one of ${names}`);
  }
  return { network: named ?? (await resolveModel(model ?? '', prototxt)), methods: given ?? methods, ...own };
}
