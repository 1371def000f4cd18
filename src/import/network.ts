import { basename, dirname, extname, resolve } from 'node:path';
import { InputError, mismatch } from '../errors.js';
import type { Embedding } from '../graph/embedding.js';
import { type Graph, type GraphInput, prune } from '../graph/graph.js';
import { hashGraph } from '../graph/hash.js';
import { channelsFirst } from '../graph/passes/channels-first.js';
import { flattenOrder } from '../graph/passes/flatten-order.js';
import { mergeAffine } from '../graph/passes/merge-affine.js';
import { layersFromOutput, reinitialise } from '../graph/passes/reinitialise.js';
import { tokensOf } from '../graph/patches.js';
import { type InputLayout, layoutOf } from '../input/layout.js';
import { readCaffe } from './caffe/read.js';
import { readWeights, seededWeights } from './caffe/weights.js';
import type { WrittenNetwork } from './canonical/logits.js';
import { NetworkFileReader } from './files.js';
import { layerTable } from './inspect.js';
import { readOnnx } from './onnx/read.js';
import { readTfjs } from './tfjs/read.js';

/** A classifier in canonical form. */
export interface Network {
  readonly name: string;
  /** From `input` [BATCH, ...inputShape] to `logits` [BATCH, classes]. */
  readonly graph: Graph;
  /**
   * Without the batch: [channels, height, width], [channels, length] or [features]; [numbers of an embedding, words] where the
   * file reads ids of words.
   */
  readonly inputShape: readonly number[];
  /** How its input is read: by its shape, unless the data set tells channels apart. */
  readonly layout: InputLayout;
  readonly classes: number;
  /** SHA-256 of its operators and weights ({@link hashGraph}), hexadecimal: the same however often it is saved. */
  readonly hash: string;
  /** Number of weights and biases of the canonical graph. */
  readonly parameters: number;
  /** Inputs of the file that are ids, the explained one first; absent where it reads numbers. */
  readonly embeddings?: readonly Embedding[];
  /** Names of its classes; absent where the file has none. */
  readonly labels?: readonly string[];
  /** Which output of the file it ends in, where the file has several and none was asked for. */
  readonly taken?: NonNullable<WrittenNetwork['taken']>;
}

export interface NetworkFiles {
  /** Path of an .onnx file, a .caffemodel, a model.json of TensorFlow.js, or a .prototxt that gets random weights. */
  readonly weights: string;
  /** Path of the definition that belongs to a .caffemodel. */
  readonly prototxt?: string;
  /** Name of the value or layer to end at; by default the network's (last) classification output. */
  readonly output?: string;
  /** Seed: the weights are random numbers; a prototxt without a caffemodel needs it. */
  readonly randomWeights?: number;
  /** Shape of the file's input without the batch, for networks that leave it open; wins over what the files say. */
  readonly inputShape?: readonly number[];
}

/**
 * Reads a network from its files and brings it into canonical form.
 * @throws InputError in one line, naming the file, for anything wrong with the files.
 */
export async function loadNetwork(files: NetworkFiles): Promise<Network> {
  const reader = new NetworkFileReader();
  try {
    const { graph, classes, embeddings, labels, taken } = await FORMATS[formatOf(files)](files, reader);
    const inputShape = (graph.inputs[0] as GraphInput).shape.slice(1);
    return {
      name: graph.name,
      graph,
      inputShape,
      layout: layoutOf(inputShape, tokensOf(graph)?.grid),
      classes,
      ...(embeddings && { embeddings }),
      ...(labels?.length === classes && { labels }),
      ...(taken && { taken }),
      hash: hashGraph(
        graph,
        embeddings?.map(({ table }) => table),
      ),
      parameters: layerTable({ graph }).parameters,
    };
  } catch (error) {
    if (!(error instanceof InputError) || namesFile(error, files)) throw error;
    throw new InputError(`${files.weights}: ${error.message}`);
  }
}

function namesFile({ message }: InputError, { weights, prototxt = weights }: NetworkFiles): boolean {
  return message.includes(weights) || message.includes(prototxt);
}

type Reader = (files: NetworkFiles, reader: NetworkFileReader) => Promise<WrittenNetwork>;

const FORMATS = {
  '.onnx': async ({ weights, randomWeights, output, inputShape }, reader) => {
    const network = await readOnnx(weights, reader, { name: networkName(weights), output, inputShape });
    return randomised(merged(network), randomWeights);
  },

  /** TensorFlow.js */
  '.json': async ({ weights, randomWeights, output, inputShape }, reader) => {
    const network = await readTfjs(weights, reader, { name: networkName(weights), output, inputShape });
    return randomised(mergedAsWritten(network), randomWeights);
  },

  '.caffemodel': async ({ weights, prototxt, output, inputShape }, reader) => {
    if (prototxt === undefined) {
      throw new InputError(`${weights}: expected the prototxt that belongs to the caffemodel, got none`);
    }
    const definition = await reader.readText(prototxt);
    const source = readWeights(await reader.read(weights));
    return merged(readCaffe(definition, source, { name: networkName(weights), output, inputShape }));
  },

  '.prototxt': async ({ weights, randomWeights, output, inputShape }, reader) => {
    if (randomWeights === undefined) {
      throw new InputError(
        `${weights}: expected a caffemodel beside the prototxt, or a seed for random weights`,
      );
    }
    const definition = await reader.readText(weights);
    return merged(readCaffe(definition, seededWeights(randomWeights), { name: '', output, inputShape }));
  },
} as const satisfies Record<string, Reader>;

function merged(network: WrittenNetwork): WrittenNetwork {
  return mergedAsWritten({ ...network, graph: channelsFirst(network.graph) });
}

/** A network whose input has its channels first, whatever comes behind. */
function mergedAsWritten(network: WrittenNetwork): WrittenNetwork {
  return { ...network, graph: flattenOrder(mergeAffine(network.graph)) };
}

/** The network with random weights of this seed, if there is one. */
function randomised(network: WrittenNetwork, seed: number | undefined): WrittenNetwork {
  if (seed === undefined) return network;
  const { graph } = network;
  return { ...network, graph: prune(reinitialise(graph, layersFromOutput(graph), seed)) };
}

/** Extensions of files that a network is read from. */
export const NETWORK_FILES: readonly string[] = Object.keys(FORMATS);

function formatOf({ weights }: NetworkFiles): keyof typeof FORMATS {
  refuseWebAddress(weights);
  const extension = extname(weights).toLowerCase();
  if (Object.hasOwn(FORMATS, extension)) return extension as keyof typeof FORMATS;
  throw mismatch({
    what: 'network file',
    where: weights,
    expected: NETWORK_FILES.join(', '),
    got: extension || 'no extension',
  });
}

/** @throws InputError for what only a download would bring: nothing is fetched but by `heatproof fetch` */
export function refuseWebAddress(path: string): void {
  if (!/^[a-z]+:\/\//i.test(path)) return;
  throw mismatch({
    what: 'network file',
    where: path,
    expected: 'a file on this machine',
    got: 'a web address',
  });
}

/** What a network is called where nothing else says it: as its file, or as its folder if the file is called model.json. */
export function networkName(path: string): string {
  const stem = basename(path, extname(path));
  return basename(path) === 'model.json' ? basename(dirname(resolve(path))) : stem;
}
