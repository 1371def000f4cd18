import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { type Classes, distinctNames } from '../datasets/classes.js';
import { loadClasses } from '../datasets/labels.js';
import type { Preprocessing } from '../datasets/preprocessing.js';
import { loadWords, type Words } from '../datasets/text/words.js';
import { InputError, mismatch } from '../errors.js';
import { sourceOf } from '../fetch/sources.js';
import {
  loadNetwork,
  NETWORK_FILES,
  type Network,
  type NetworkFiles,
  networkName,
  refuseWebAddress,
} from '../import/network.js';
import { loadNetworkConfig, type NetworkConfig } from './config.js';

/** A network with what surrounds it: how images become its input and what its outputs are called. */
export interface Model {
  readonly name: string;
  readonly network: Network;
  readonly preprocessing: Preprocessing | undefined;
  /** How documents become its input. */
  readonly words?: Words;
  /** One name an output, each once; the output's index where neither descriptor nor file names labels. */
  readonly labels: readonly string[];
  /** The labels as they stand in their source, the descriptor's or else the file's; absent where there are none. */
  readonly labelled?: Classes;
}

/**
 * Loads the network of a descriptor.
 *
 * @throws InputError when a file is missing or broken, or the labels do not fit the outputs
 */
export async function loadModel(config: NetworkConfig & { name: string }): Promise<Model> {
  const { weights, prototxt, output, randomWeights, inputShape } = config;
  const files: NetworkFiles = {
    weights,
    ...(prototxt !== undefined && { prototxt }),
    ...(output !== undefined && { output }),
    ...(randomWeights !== undefined && { randomWeights }),
    ...(inputShape !== undefined && { inputShape }),
  };
  refuseUnfetched(files);
  const network = await loadNetwork(files);
  const own = network.labels && { keys: [...network.labels], names: [...network.labels] };
  const labelled = config.labels === undefined ? own : loadClasses(config.labels);
  const labels = labelled
    ? distinctNames(labelled.names)
    : Array.from({ length: network.classes }, (_, i) => String(i));
  if (labels.length !== network.classes) {
    throw mismatch({
      what: 'number of labels',
      where: `${config.name}, labels ${config.labels}`,
      expected: `${network.classes}, one an output`,
      got: String(labels.length),
    });
  }
  const { name, preprocessing } = config;
  const words = config.words && loadWords(config.words);
  return { name, network, preprocessing, ...(words && { words }), labels, ...(labelled && { labelled }) };
}

/** @throws InputError for a network of words, where inputs come from images or arrays */
export function refuseWords({ name, network: { embeddings } }: Pick<Model, 'name' | 'network'>): void {
  if (!embeddings) return;
  throw mismatch({
    what: 'input of the network',
    where: name,
    expected: 'numbers, such as images or arrays have',
    got: `ids of words (${embeddings.map(({ ids }) => `'${ids}'`).join(', ')}), which documents have (type: text)`,
  });
}

/** @throws InputError where documents cannot become the network's input */
export function checkWords({
  name,
  network: { embeddings, inputShape },
  words,
}: Pick<Model, 'name' | 'network' | 'words'>): void {
  if ((embeddings !== undefined) !== (words?.bag !== undefined)) return;
  throw mismatch({
    what: 'words',
    where: `network ${name}`,
    ...(embeddings
      ? { expected: 'no bag, since the network reads ids of words', got: String(words?.bag) }
      : { expected: 'bag, since the network reads no ids of words', got: `an input of [${inputShape}]` }),
  });
}

/** @throws InputError when a file is missing that `heatproof fetch` gets */
function refuseUnfetched({ weights, prototxt = weights }: NetworkFiles): void {
  for (const path of [prototxt, weights]) {
    const source = existsSync(path) ? undefined : sourceOf(path);
    if (source !== undefined)
      throw new InputError(`cannot read '${path}': no such file; 'heatproof fetch ${source}' gets it`);
  }
}

/** Endings of network descriptors and experiments. */
export const DESCRIPTORS = ['.yaml', '.yml'];

/**
 * The network behind `--model` and `--prototxt`: a descriptor (YAML), an .onnx, a model.json, or a .caffemodel with its
 * prototxt.
 */
export async function resolveModel(
  path: string,
  prototxt?: string,
): Promise<NetworkConfig & { name: string }> {
  refuseWebAddress(path);
  const extension = extname(path).toLowerCase();
  if (DESCRIPTORS.includes(extension)) return loadNetworkConfig(path);
  if (!NETWORK_FILES.includes(extension)) {
    throw mismatch({
      what: 'network file',
      where: path,
      expected: `${NETWORK_FILES.join(', ')}, or a descriptor ${DESCRIPTORS.join(', ')}`,
      got: extension || 'no extension',
    });
  }
  const name = networkName(path);
  if (extension === '.prototxt') return { name, weights: path, randomWeights: 1 };
  return { name, weights: path, ...(prototxt !== undefined && { prototxt }) };
}
