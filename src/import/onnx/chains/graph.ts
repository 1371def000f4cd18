import { toNumber } from '../../../files/protobuf.js';
import type { Attribute } from '../../../graph/graph.js';
import { attributeOf, decodedAttributes } from '../../../onnx/attributes.js';
import type { NodeProto, TensorProto } from '../../../onnx/decode.js';
import { DATA_LOCATION } from '../../../onnx/schema.js';
import { TensorReader } from '../tensors.js';

/** The nodes of a file and its constants, for those who look for chains of operators. */
export class FileGraph {
  readonly #producers = new Map<string, NodeProto>();
  readonly #initializers: ReadonlyMap<string, TensorProto>;

  constructor(nodes: readonly NodeProto[], initializers: ReadonlyMap<string, TensorProto>) {
    for (const node of nodes) for (const output of node.output) this.#producers.set(output, node);
    this.#initializers = initializers;
  }

  /** The node that computes a value, if it is one of these operators. */
  made(value: string | undefined, ...ops: string[]): NodeProto | undefined {
    const node = this.#producers.get(value ?? '');
    return node && ops.includes(node.op_type) ? node : undefined;
  }

  isConstant(value: string | undefined): boolean {
    const source = this.#uncast(value);
    return this.#initializers.has(source) || this.made(source, 'Constant') !== undefined;
  }

  /** Exporters leave constants in one type and use them in another. */
  #uncast(value: string | undefined): string {
    const cast = this.made(value, 'Cast');
    const source = cast?.input[0] ?? '';
    const constant = this.#initializers.has(source) || this.made(source, 'Constant') !== undefined;
    return cast && constant ? source : (value ?? '');
  }

  /** The tensor that a constant is. */
  tensor(value: string | undefined): TensorProto | undefined {
    const source = this.#uncast(value);
    const constant = this.made(source, 'Constant');
    return constant ? attributeOf(constant, 'value')?.t : this.#initializers.get(source);
  }

  /** The number that a constant is. */
  scalar(value: string | undefined): number | undefined {
    return this.#numbers(value, (count) => count === 1)?.[0];
  }

  /** Whether a constant is one number a feature, features being the last axis, or one for all of them. */
  isOfFeatures(value: string): boolean {
    return (this.tensor(value)?.dims ?? []).slice(0, -1).every((dim) => toNumber(dim) === 1);
  }

  /** The two operands of a node, the constant one last; undefined where none or both are constants. */
  withConstant({ input }: NodeProto): { value: string; constant: string } | undefined {
    const [a = '', b = ''] = input;
    if (this.isConstant(a) === this.isConstant(b)) return undefined;
    return this.isConstant(b) ? { value: a, constant: b } : { value: b, constant: a };
  }

  /** The one axis of a reduction that keeps it with size 1. */
  reducedAxis(node: NodeProto): number | undefined {
    if (toNumber(attributeOf(node, 'keepdims')?.i ?? 1) !== 1) return undefined;
    const attribute = attributeOf(node, 'axes')?.ints.map(toNumber);
    const axes = attribute ?? this.#numbers(node.input[1], (count) => count === 1);
    return axes?.length === 1 ? axes[0] : undefined;
  }

  #numbers(value: string | undefined, fits: (count: number) => boolean): number[] | undefined {
    const constant = this.made(this.#uncast(value), 'Constant');
    const proto = this.tensor(value);
    if (constant && !proto) {
      const single = attributeOf(constant, 'value_float')?.f ?? attributeOf(constant, 'value_int')?.i;
      return single === undefined ? undefined : [toNumber(single)];
    }
    const count = (proto?.dims ?? []).map(toNumber).reduce((product, dim) => product * dim, 1);
    if (!proto || !fits(count) || proto.data_location === DATA_LOCATION.external) return undefined;
    return Array.from(new TensorReader().read({ ...proto }, value ?? '').data, Number);
  }
}

/** A node that stands for a chain whose last node is `last`. */
export function standingFor(
  last: NodeProto,
  op: string,
  input: string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto {
  return { ...last, domain: '', op_type: op, input, attribute: decodedAttributes(attributes) };
}
