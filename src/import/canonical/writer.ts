import { mismatch } from '../../errors.js';
import { checkLimit } from '../../files/limits.js';
import { GraphBuilder } from '../../graph/builder.js';
import {
  type Attribute,
  BATCH,
  DERIVED,
  type Graph,
  type GraphInput,
  type Node,
  outputOf,
  type Shape,
  showShape,
} from '../../graph/graph.js';
import { traitsOf } from '../../graph/operators/table.js';
import { type FloatTensor, floatTensor, intTensor, sizeOf, type Tensor } from '../../graph/tensor.js';
import { refuseBatchSize } from '../batch-size.js';
import { Budget } from '../constant.js';

/** Names that every network has in common. */
export const INPUT = 'input';
export const LOGITS = 'logits';

/**
 * Writes the canonical graph while a network file is read: a GraphBuilder that knows the shape of every value, so
 * that what depends on shapes (automatic padding, flattening, global pooling) is settled on the spot.
 */
export class NetworkWriter {
  readonly #builder: GraphBuilder;
  readonly #shapes = new Map<string, Shape>();
  readonly #constants = new Map<string, Tensor>();
  readonly #producers = new Map<string, Node>();
  readonly #weights = new Budget('weights');
  readonly #counted = new Set<Float32Array>();

  /** What the network makes of few numbers: filled, repeated, computed. */
  readonly generated = new Budget('generated');

  constructor(name: string) {
    this.#builder = new GraphBuilder(name);
    this.#builder.unique(LOGITS);
  }

  #exportedBatch = 1;

  /** The batch size that the network file was written for, which fixed shapes in it repeat; 1 when it is open. */
  get exportedBatch(): number {
    return this.#exportedBatch;
  }

  /**
   * The network's input; `sample` is its shape without the batch, `batch` the size that the file gives the batch,
   * `embedded` whether a layer made it.
   */
  input(sample: readonly number[], batch: number, embedded = false): string {
    this.#exportedBatch = Math.max(1, batch);
    return this.#input({
      name: INPUT,
      type: 'float32',
      shape: [BATCH, ...sample],
      ...(embedded && { embedded }),
    });
  }

  /** A further input, which is given with the network's. */
  given(name: string, sample: readonly number[]): string {
    return this.#input({
      name: this.#builder.unique(name.replaceAll(DERIVED, '>')),
      type: 'float32',
      shape: [BATCH, ...sample],
    });
  }

  #input(input: GraphInput): string {
    this.#builder.input(input);
    this.#setShape(input.name, input.name, input.shape);
    return input.name;
  }

  /** Shape of a computed value, [BATCH, ...]. */
  shape(value: string): Shape {
    const shape = this.#shapes.get(value);
    if (!shape) throw new Error(`'${value}' is no value of the network`);
    return shape;
  }

  /** Shape of a computed value without the batch. */
  sample(value: string): Shape {
    return this.shape(value).slice(1);
  }

  /** The node that computes a value, or undefined for the input. */
  producer(value: string): Node | undefined {
    return this.#producers.get(value);
  }

  /** Values that are known to hold integers: inputs that do, and truth values. */
  readonly integers = new Set<string>();

  hasConstant(name: string): boolean {
    return this.#constants.has(name);
  }

  /** The constant under this name. */
  constantOf(name: string): Tensor {
    const tensor = this.#constants.get(name);
    if (!tensor) throw new Error(`'${name}' is no constant of the network`);
    return tensor;
  }

  /** Appends a canonical operator, which may complete another one, and returns the name of its output. */
  add(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute>,
    name: string,
    completes?: string,
  ): string {
    const output = this.#builder.unique(name.replaceAll(DERIVED, '>'));
    const part = completes === undefined ? {} : { completes };
    const node: Node = { op, name: output, inputs, outputs: [output], attributes, ...part };
    const shape = traitsOf(node).shape(node, {
      shape: (value) => this.#shapes.get(value) ?? this.constantOf(value).dims,
      constant: (value) => this.#constants.get(value),
    });
    this.#setShape(output, name, shape);
    checkLimit('operators', this.#producers.size + 1, name);
    this.#producers.set(output, node);
    this.#builder.append(node);
    return output;
  }

  /** Stores weights under a name of their own. @throws InputError when one of them is no finite number. */
  weights(tensor: FloatTensor, name: string): string {
    if (!allFinite(tensor.data)) {
      const at = tensor.data.findIndex((value) => !Number.isFinite(value));
      throw mismatch({
        what: 'weights',
        where: name,
        expected: 'finite numbers',
        got: `${tensor.data[at]} at ${at}`,
      });
    }
    if (!this.#counted.has(tensor.data)) this.#weights.add(tensor.data.length, name);
    this.#counted.add(tensor.data);
    return this.#known(this.#builder.store(tensor, name), tensor);
  }

  /** A scalar constant, stored once. @throws Unsupported for the size of the batch */
  scalar(value: number): string {
    refuseBatchSize([value]);
    return this.#shared(floatTensor([], [value]), `scalar:${value}`);
  }

  /** A list of integers, stored once. */
  ints(values: readonly number[]): string {
    return this.#shared(intTensor([values.length], values), `ints:${values.join(',')}`);
  }

  /** The graph that computes [BATCH, classes] logits from the input, ending at `output`. */
  build(output: string): Graph {
    const graph = this.#builder.build([output]);
    const rename = (value: string) => (value === output ? LOGITS : value);
    const nodes = graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: [rename(outputOf(node))],
    }));
    return { ...graph, nodes, outputs: [LOGITS] };
  }

  #shared(tensor: Tensor, key: string): string {
    return this.#known(this.#builder.constant(tensor, key), tensor);
  }

  #known(constant: string, tensor: Tensor): string {
    this.#constants.set(constant, tensor);
    return constant;
  }

  #setShape(value: string, where: string, shape: Shape): void {
    const sample = shape.slice(1);
    if (shape[0] !== BATCH || !sample.every((dim) => Number.isInteger(dim) && dim >= 1)) {
      throw mismatch({
        what: 'shape of a value',
        where,
        expected: '[batch, ...] of sizes from 1 on',
        got: showShape(shape),
      });
    }
    checkLimit('axes', shape.length, where);
    checkLimit('value', sizeOf(sample), where);
    this.#shapes.set(value, shape);
  }
}

/** Networks have a hundred million weights: a sum of zeros is NaN as soon as one of them is not finite. */
function allFinite(data: Float32Array): boolean {
  let zeros = 0;
  for (let i = 0; i < data.length; i++) zeros += (data[i] as number) * 0;
  return zeros === 0;
}
