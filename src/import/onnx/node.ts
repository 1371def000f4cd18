import { LIMITS } from '../../files/limits.js';
import type { FloatTensor } from '../../graph/tensor.js';
import { type NodeProto, nameOf } from '../../onnx/decode.js';
import { type Constant, type Operand, operandAt, toTensor } from '../constant.js';
import { Unsupported } from '../unsupported.js';
import { NodeAttributes } from './attributes.js';
import { elementOf } from './element-types.js';
import type { TensorReader } from './tensors.js';

/** An ONNX node with its attributes and what it reads, for the tables of operators. */
export class OnnxNode extends NodeAttributes {
  readonly op: string;
  readonly name: string;
  readonly outputs: readonly string[];
  readonly opset: number;
  /** What the node reads, in order; undefined where an optional input is absent. */
  readonly operands: readonly (Operand | undefined)[];
  readonly #tensors: TensorReader;

  constructor(
    proto: NodeProto,
    operands: readonly (Operand | undefined)[],
    opset: number,
    tensors: TensorReader,
  ) {
    super(proto);
    this.op = proto.op_type;
    this.name = nameOf(proto);
    this.outputs = proto.output;
    this.opset = opset;
    this.operands = operands;
    this.#tensors = tensors;
  }

  tensor(attribute: string): Constant | undefined {
    const tensor = this.tensorProto(attribute);
    return tensor && this.#tensors.read(tensor, this.name);
  }

  /** The operand at `index`; throws when the node lacks it. */
  operand(index: number): Operand {
    return operandAt(this.operands, index);
  }

  /** The computed value at `index`. */
  value(index = 0): string {
    const operand = this.operand(index);
    if (operand.kind !== 'value') throw new Unsupported(`with a constant as input ${index}`);
    if (operand.batch) throw new Unsupported(`with the batch as axis ${operand.batch.axis}`);
    return operand.value;
  }

  /** The constant at `index`, or undefined when the input is absent. */
  constant(index: number): Constant | undefined {
    const operand = this.operands[index];
    if (operand?.kind === 'value') throw new Unsupported(`with a computed input ${index}`);
    return operand;
  }

  /** The constant at `index`; throws when the node lacks it. */
  given(index: number): Constant {
    const constant = this.constant(index);
    if (!constant) throw new Unsupported(`without input ${index}`);
    return constant;
  }

  /** The integers at `index`; throws when the node lacks them. */
  integers(index: number): Constant {
    const constant = this.given(index);
    if (!elementOf(constant.type).whole) throw new Unsupported(`with ${constant.type} as input ${index}`);
    return constant;
  }

  /** The constant at `index` as a float tensor, or undefined when the input is absent. */
  weights(index: number): FloatTensor | undefined {
    const constant = this.constant(index);
    return constant && toTensor(constant);
  }

  /** The float tensor at `index`; throws when the node lacks it. */
  required(index: number): FloatTensor {
    return toTensor(this.given(index));
  }

  /** Integers (axes, sizes, bounds) that older operator sets keep in an attribute and newer ones in an input. */
  intList(attribute: string, index: number): number[] | undefined {
    if (!this.constant(index)) return this.ints(attribute);
    const { size, data } = this.#shortList(index);
    return size === 0 ? [] : Array.from(data);
  }

  /** At most as many integers as there may be pads, or parts of a Split. */
  #shortList(index: number): Constant {
    const list = this.integers(index);
    const most = Math.max(2 * LIMITS.axes.most, this.outputs.length);
    if (list.size > most) throw new Unsupported(`with ${list.size} numbers as input ${index}`);
    return list;
  }

  /** A number that older operator sets keep in an attribute and newer ones in a scalar input. */
  number(attribute: string, index: number, fallback: number): number {
    const constant = this.constant(index);
    if (!constant) return this.float(attribute, fallback);
    if (constant.size !== 1) throw new Unsupported(`with a list as input ${index}`);
    return constant.data[0] as number;
  }
}
