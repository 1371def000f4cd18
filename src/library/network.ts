import { basename, extname } from 'node:path';
import type { z } from 'zod';
import { type PreparedImage, prepareImage as prepare } from '../datasets/image.js';
import type { Preprocessing } from '../datasets/preprocessing.js';
import type { Words } from '../datasets/text/words.js';
import { InputError } from '../errors.js';
import { networkSchema } from '../experiment/config.js';
import { loadModel, type Model, resolveModel } from '../experiment/model.js';
import { validate } from '../files/yaml.js';
import type { Network } from '../import/network.js';

/** A network with what surrounds it: how an image becomes its input, and what its outputs are called. */
export interface Classifier extends Network {
  /** Undefined where nothing says how images become inputs; arrays can be explained all the same. */
  readonly preprocessing: Preprocessing | undefined;
  /** How documents become its input. */
  readonly words?: Words;
  /** One name an output; its index where neither labels are given nor the file has some. */
  readonly labels: readonly string[];
}

/** What a network's files are and how an image becomes its input: the same keys as a descriptor in YAML. */
export type NetworkDescriptor = z.input<typeof networkSchema>;

/**
 * Reads a network: an `.onnx` file, a descriptor in YAML, or a descriptor as an object, whose relative paths are taken
 * from the working directory.
 *
 * @throws InputError for a missing or damaged file, operators that are not supported (all of them at once, with their
 *   names), an unknown key, or labels that do not fit the outputs
 */
export async function loadNetwork(source: string | NetworkDescriptor): Promise<Classifier> {
  return classifierOf(
    await loadModel(typeof source === 'string' ? await resolveModel(source) : described(source)),
  );
}

/** A network and its surroundings as one object. */
export function classifierOf({ network, labelled: _, ...surroundings }: Model): Classifier {
  return { ...network, ...surroundings };
}

function described(source: NetworkDescriptor) {
  const config = validate(networkSchema, source, 'loadNetwork');
  return { ...config, name: config.name ?? basename(config.weights, extname(config.weights)) };
}

/**
 * Decodes an image file (or its bytes) and brings it to a network's input by the network's preprocessing.
 *
 * @returns `input`, float32 [channels, height, width] as the network reads it; `pixels`, what it sees as RGB bytes
 *   [height, width, 3]; `placement`, where the original came to lie, for {@link placeBox}
 * @throws InputError when the network has no preprocessing, or the image is damaged or not an image
 */
export async function prepareImage(network: Classifier, source: string | Buffer): Promise<PreparedImage> {
  const { preprocessing, inputShape, name } = network;
  if (!preprocessing)
    throw new InputError(`network ${name}: expected 'preprocessing' to take images, got none`);
  return prepare(source, preprocessing, inputShape);
}
