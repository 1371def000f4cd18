import type { Constant } from '../../constant.js';
import { Unsupported } from '../../unsupported.js';
import type { Fields } from '../fields.js';
import type { AttributeValue, ProgramBuilder } from '../program.js';

/**
 * Writes a layer as operators and returns its output.
 * @throws Unsupported when the layer does what has no canonical form.
 */
export type LayerWriter = (layer: LayerContext) => string;

export type LayerTable = Readonly<Record<string, LayerWriter>>;

/** What training and bookkeeping need and classification does not. */
const OTHER_FIELDS =
  /^(name|trainable|dtype|batch_input_shape|batch_shape|build_input_shape|input_dim|input_length|momentum|seed|synchronized|fused|renorm|virtual_batch_size|\w+_(initializer|regularizer|constraint))$/;

/** A layer with the values that it reads, for the tables of layers. */
export class LayerContext {
  constructor(
    readonly name: string,
    readonly config: Fields,
    /** The values that the layer reads. */
    readonly inputs: readonly string[],
    /** Keras' major version. */
    readonly keras: number,
    readonly builder: ProgramBuilder,
    readonly weightOf: (weight: string) => Constant,
  ) {}

  /** The first input. */
  get x(): string {
    const [input] = this.inputs;
    if (input === undefined) throw new Unsupported('without an input');
    return input;
  }

  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    name = this.name,
  ): string {
    return this.builder.add(op, inputs, attributes, name);
  }

  /** A weight of the layer as a value. */
  weight(name: string): string {
    return this.builder.constant(this.weightOf(name), `${this.name}/${name}`);
  }

  constant(constant: Constant, name: string): string {
    return this.builder.constant(constant, `${this.name}/${name}`);
  }

  /** @throws Unsupported when the layer's values have channels first */
  expectChannelsLast(): void {
    const format = this.config.string('data_format', 'channels_last');
    if (format !== 'channels_last') throw new Unsupported(`with ${format}`);
  }

  /** @throws Unsupported for a field of the layer that nobody has asked for: what it asks for would be left out */
  expectKnownFields(): void {
    const unknown = this.config.unread().filter((name) => !OTHER_FIELDS.test(name));
    if (unknown.length > 0) throw new Unsupported(`with ${unknown.join(', ')}`);
  }
}
