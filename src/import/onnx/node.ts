import type { FloatTensor } from '../../graph/tensor.js';
import { type AttributeProto, type NodeProto, nameOf, toNumber } from '../../onnx/decode.js';
import { type Constant, type Operand, toTensor } from '../constant.js';
import { Unsupported } from '../unsupported.js';
import { readTensor } from './tensors.js';

/** An ONNX node with what it reads, for the tables of operators. */
export class OnnxNode {
  readonly op: string;
  readonly name: string;
  readonly outputs: readonly string[];
  readonly opset: number;
  /** What the node reads, in order; undefined where an optional input is absent. */
  readonly operands: readonly (Operand | undefined)[];
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(proto: NodeProto, operands: readonly (Operand | undefined)[], opset: number) {
    this.op = proto.op_type;
    this.name = nameOf(proto);
    this.outputs = proto.output;
    this.opset = opset;
    this.operands = operands;
    this.#attributes = new Map(proto.attribute.map((attribute) => [attribute.name, attribute]));
  }

  has(attribute: string): boolean {
    return this.#attributes.has(attribute);
  }

  int(attribute: string, fallback: number): number {
    const value = this.#attributes.get(attribute)?.i;
    return value === undefined ? fallback : toNumber(value);
  }

  float(attribute: string, fallback: number): number {
    return this.#attributes.get(attribute)?.f ?? fallback;
  }

  string(attribute: string, fallback: string): string {
    const value = this.#attributes.get(attribute)?.s;
    return value === undefined ? fallback : Buffer.from(value).toString();
  }

  ints(attribute: string): number[] | undefined {
    return this.#attributes.get(attribute)?.ints.map(toNumber);
  }

  floats(attribute: string): number[] | undefined {
    return this.#attributes.get(attribute)?.floats;
  }

  tensor(attribute: string): Constant | undefined {
    const tensor = this.#attributes.get(attribute)?.t;
    return tensor && readTensor(tensor, this.name);
  }

  /** The operand at `index`; throws when the node lacks it. */
  operand(index: number): Operand {
    const operand = this.operands[index];
    if (!operand) throw new Unsupported(`without input ${index}`);
    return operand;
  }

  /** The computed value at `index`. */
  value(index = 0): string {
    const operand = this.operand(index);
    if (operand.kind !== 'value') throw new Unsupported(`with a constant as input ${index}`);
    return operand.value;
  }

  /** The constant at `index`, or undefined when the input is absent. */
  constant(index: number): Constant | undefined {
    const operand = this.operands[index];
    if (operand?.kind === 'value') throw new Unsupported(`with a computed input ${index}`);
    return operand;
  }

  /** The constant at `index` as a float tensor, or undefined when the input is absent. */
  weights(index: number): FloatTensor | undefined {
    const constant = this.constant(index);
    return constant && toTensor(constant);
  }

  /** The float tensor at `index`; throws when the node lacks it. */
  required(index: number): FloatTensor {
    const weights = this.weights(index);
    if (!weights) throw new Unsupported(`without input ${index}`);
    return weights;
  }

  /** Integers that older operator sets keep in an attribute and newer ones in an input. */
  intList(attribute: string, index: number): number[] | undefined {
    const constant = this.constant(index);
    return constant ? Array.from(constant.data) : this.ints(attribute);
  }

  /** A number that older operator sets keep in an attribute and newer ones in a scalar input. */
  number(attribute: string, index: number, fallback: number): number {
    const constant = this.constant(index);
    if (!constant) return this.float(attribute, fallback);
    if (constant.data.length !== 1) throw new Unsupported(`with a list as input ${index}`);
    return constant.data[0] as number;
  }
}

/** An axis counted from the front; throws when the value has no such axis, or it is the batch. */
export function sampleAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive === 0) throw new Unsupported('over the batch');
  if (!(positive > 0 && positive < rank)) throw new Unsupported(`with axis ${axis} of ${rank}`);
  return positive;
}
