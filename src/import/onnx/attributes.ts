import { toNumber } from '../../files/protobuf.js';
import type { AttributeProto, NodeProto, TensorProto } from '../../onnx/decode.js';
import { ATTRIBUTE_TYPE } from '../../onnx/schema.js';
import { Unsupported } from '../unsupported.js';

/** The attributes of a node, each read as the type that its operator gives it. @throws Unsupported for one of another type */
export class NodeAttributes {
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor({ attribute }: NodeProto) {
    this.#attributes = new Map(attribute.map((one) => [one.name, one]));
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string, fallback: number): number {
    return toNumber(this.#find(name, 'int')?.i ?? fallback);
  }

  float<T extends number | undefined>(name: string, fallback: T): number | T {
    return this.#find(name, 'float')?.f ?? fallback;
  }

  string(name: string, fallback: string): string {
    const bytes = this.#find(name, 'string')?.s;
    return bytes === undefined ? fallback : Buffer.from(bytes).toString();
  }

  ints(name: string): number[] | undefined {
    return this.#find(name, 'ints')?.ints.map(toNumber);
  }

  /** None where the node lacks it. */
  floats(name: string): number[] {
    return this.#find(name, 'floats')?.floats ?? [];
  }

  /** None where the node lacks it. */
  strings(name: string): string[] {
    return (this.#find(name, 'strings')?.strings ?? []).map((bytes) => Buffer.from(bytes).toString());
  }

  protected tensorProto(name: string): TensorProto | undefined {
    return this.#find(name, 'tensor')?.t;
  }

  /** Files of old say no type. */
  #find(name: string, type: keyof typeof ATTRIBUTE_TYPE): AttributeProto | undefined {
    const attribute = this.#attributes.get(name);
    if (!attribute?.type || attribute.type === ATTRIBUTE_TYPE[type]) return attribute;
    throw new Unsupported(`with an attribute ${name} that is no ${type}`);
  }
}
