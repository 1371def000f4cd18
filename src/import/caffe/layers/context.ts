import { mismatch } from '../../../errors.js';
import type { FloatTensor } from '../../../graph/tensor.js';
import type { NetworkWriter } from '../../canonical/writer.js';
import { Unsupported } from '../../unsupported.js';
import type { CaffeLayer } from '../definition.js';
import type { TextMessage } from '../text-format.js';
import type { BlobKind, WeightSource } from '../weights.js';

/**
 * Writes a layer in canonical form and returns its tops.
 * @throws Unsupported when the layer does what has no canonical form.
 */
export type LayerWriter = (layer: LayerContext, writer: NetworkWriter) => string | readonly string[];

export type LayerTable = Readonly<Record<string, LayerWriter>>;

/** What training needs and classification does not, or what chooses an implementation; forks of Caffe included. */
const TRAINING_FIELDS = [
  'weight_filler',
  'bias_filler',
  'scale_filler',
  'slope_filler',
  'filler',
  'engine',
  'cudnn_convolution_algo_seeker',
  'conv_algos_override',
  'cudnn_math_override',
  'momentum',
  'frozen',
  'update_global_stats',
  'force_nd_im2col',
  'stable_prod_grad',
  'moving_average_fraction',
  'sparse',
];

/** A layer with the values that it reads, for the tables of layers. */
export class LayerContext {
  readonly name: string;
  readonly tops: readonly string[];
  readonly #message: TextMessage;
  readonly #weights: WeightSource;
  readonly #inputs: readonly string[];
  readonly #parameters = new Map<string, TextMessage>();
  /** How many bottoms have been asked for. */
  #read = 0;

  constructor(layer: CaffeLayer, inputs: readonly string[], weights: WeightSource) {
    this.name = layer.name;
    this.tops = layer.tops;
    this.#inputs = inputs;
    this.#message = layer.message;
    this.#weights = weights;
  }

  /** The first bottom. */
  get x(): string {
    const input = this.bottom(0);
    if (input === undefined) throw new Unsupported('without a bottom');
    return input;
  }

  /** A bottom as a value of the canonical graph; undefined where the layer has fewer. */
  bottom(index: number): string | undefined {
    this.#read = Math.max(this.#read, index + 1);
    return this.#inputs[index];
  }

  /** All bottoms, of a layer that takes any number. */
  get bottoms(): readonly string[] {
    this.#read = this.#inputs.length;
    return this.#inputs;
  }

  /** The layer's message of this name, such as convolution_param. */
  parameters(name: string): TextMessage {
    const message = this.#parameters.get(name) ?? this.#message.message(name);
    this.#parameters.set(name, message);
    return message;
  }

  /** The layer's blob at `index`. @throws InputError when it is missing or of another shape. */
  blob(index: number, dims: readonly number[], kind: BlobKind): FloatTensor {
    if (!dims.every((dim) => Number.isSafeInteger(dim) && dim >= 1)) {
      throw mismatch({
        what: `shape of blob ${index}`,
        where: `layer '${this.name}'`,
        expected: 'sizes of 1 and more',
        got: `[${dims}]`,
      });
    }
    return this.#weights.blob(this.name, index, dims, kind);
  }

  /** @throws InputError for a bottom that nobody has asked for. */
  expectKnownBottoms(type: string): void {
    if (this.#inputs.length <= this.#read) return;
    throw mismatch({
      what: 'bottoms',
      where: `layer '${this.name}'`,
      expected: `${this.#read}, as many as ${type} takes`,
      got: `${this.#inputs.length}`,
    });
  }

  /** @throws InputError for a field of the layer's parameters that nobody has asked for: it is misspelt or unknown. */
  expectKnownFields(): void {
    for (const [name, message] of this.#parameters) {
      message.expectOnlyKnown(TRAINING_FIELDS, `${name} of layer '${this.name}'`);
    }
  }
}

/** An axis counted from the front; throws when the value has no such axis, or it is the batch. */
export function sampleAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!(positive >= 1 && positive < rank)) throw new Unsupported(`over axis ${axis} of ${rank}`);
  return positive;
}
