import { extname } from 'node:path';
import { loadLabels } from '../datasets/labels.js';
import type { Preprocessing } from '../datasets/preprocessing.js';
import { mismatch } from '../errors.js';
import { loadNetwork, type Network, type NetworkFiles } from '../import/network.js';
import { loadNetworkConfig, type NetworkConfig } from './config.js';

/** A network with what surrounds it: how images become its input and what its outputs are called. */
export interface Model {
  readonly name: string;
  readonly network: Network;
  readonly preprocessing: Preprocessing | undefined;
  /** One name an output; the output's index where the descriptor names no labels. */
  readonly labels: readonly string[];
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
  const network = await loadNetwork(files);
  const labels =
    config.labels === undefined
      ? Array.from({ length: network.classes }, (_, i) => String(i))
      : loadLabels(config.labels);
  if (labels.length !== network.classes) {
    throw mismatch({
      what: 'number of labels',
      where: `${config.name}, labels ${config.labels}`,
      expected: `${network.classes}, one an output`,
      got: String(labels.length),
    });
  }
  return { name: config.name, network, preprocessing: config.preprocessing, labels };
}

/** The network behind `--model` and `--prototxt`: a descriptor (YAML), an .onnx, or a .caffemodel with its prototxt. */
export async function resolveModel(
  path: string,
  prototxt?: string,
): Promise<NetworkConfig & { name: string }> {
  if (/^\.ya?ml$/.test(extname(path))) return loadNetworkConfig(path);
  const name = (path.split('/').pop() as string).replace(/\.\w+$/, '');
  if (extname(path) === '.prototxt') return { name, weights: path, randomWeights: 1 };
  return { name, weights: path, ...(prototxt !== undefined && { prototxt }) };
}
