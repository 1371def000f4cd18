import { InputError } from '../../errors.js';
import { neededFor } from '../../graph/needed.js';
import { didYouMean } from '../../suggest.js';
import type { CaffeDefinition, CaffeLayer } from './definition.js';

/** The layers that the logits need. */
export interface CaffePart {
  readonly layers: readonly CaffeLayer[];
  readonly output: string;
}

/** Layers that turn logits into probabilities or into a loss. */
const FINAL = /^(Softmax|Sigmoid|\w*Loss)$/;

/** Layers that judge a classifier and are no part of it. */
const JUDGES = /^(Accuracy|ArgMax|Silence|\w*Loss)$/;

/**
 * The part of a definition up to the logits: of the layer or blob `name`, by default of the last layer with a softmax or
 * loss (main heads come last, auxiliary ones before), or else of the last layer.
 * @throws InputError when there is no such layer or blob.
 */
export function partFor(definition: CaffeDefinition, name?: string): CaffePart {
  const producers = new Map(
    definition.layers.flatMap((layer) => layer.tops.map((top) => [top, layer] as const)),
  );
  const asked = name === undefined ? defaultOutput(definition) : outputCalled(definition, name);
  const layer = producers.get(asked);
  const output = layer && FINAL.test(layer.type) ? (layer.bottoms[0] ?? asked) : asked;
  const { items: layers } = neededFor(
    definition.layers,
    [output],
    ({ tops }) => tops,
    ({ bottoms }) => bottoms,
  );
  return { layers, output };
}

function defaultOutput({ layers }: CaffeDefinition): string {
  const head = layers.findLast(({ type }) => HEADS.test(type));
  if (head?.bottoms[0]) return head.bottoms[0];
  const output = layers.findLast(({ type }) => !JUDGES.test(type))?.tops[0];
  if (output === undefined) throw new InputError('expected a network with a classifier, got none');
  return output;
}

const HEADS = /^(Softmax|\w*Loss)$/;

function outputCalled({ layers, blobs }: CaffeDefinition, name: string): string {
  const output = layers.find((layer) => layer.name === name)?.tops[0] ?? blobs.get(name);
  if (output !== undefined) return output;
  const names = layers.map((layer) => layer.name);
  throw new InputError(
    `output: expected the name of a layer or blob, such as '${names.at(-1)}', got '${name}'${didYouMean(name, names)}`,
  );
}
