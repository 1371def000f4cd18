import type { Attribute } from '../../../graph/graph.js';
import { attributeOf, decodedAttribute, decodedAttributes } from '../../../onnx/attributes.js';
import { type NodeProto, nameOf } from '../../../onnx/decode.js';
import { ATTRIBUTE_TYPE, DATA_TYPE } from '../../../onnx/schema.js';
import { Unsupported } from '../../unsupported.js';
import { NodeAttributes } from '../attributes.js';

/** Spells a fused operator out, by its attributes: a list of standard nodes, the last of which has its outputs. */
export class Spelling extends NodeAttributes {
  readonly nodes: NodeProto[] = [];

  constructor(readonly fused: NodeProto) {
    super(fused);
  }

  /** The name of an input; absent ones are the empty string. */
  input(index: number): string {
    return this.fused.input[index] ?? '';
  }

  /** @throws Unsupported when one of these inputs is there */
  refuse(reason: string, ...indices: number[]): void {
    if (indices.some((index) => this.input(index) !== '')) throw new Unsupported(reason);
  }

  /** Appends an operator and returns its output. */
  add(op: string, input: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.addMany(op, input, 1, attributes)[0] as string;
  }

  addMany(
    op: string,
    input: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string[] {
    const name = `${nameOf(this.fused)}.${op}.${this.nodes.length}`;
    const output = Array.from({ length: count }, (_, i) => `${name}:${i}`);
    this.#append(op, name, input, output, attributes);
    return output;
  }

  /** Appends an operator with the attributes of the fused one and its first inputs, and returns its output. */
  layer(op: string, inputs: number): string {
    const output = this.add(op, this.fused.input.slice(0, inputs));
    const layer = this.nodes.pop() as NodeProto;
    this.nodes.push({ ...layer, name: nameOf(this.fused), attribute: this.fused.attribute });
    return output;
  }

  constant(value: number | readonly number[]): string {
    return this.add(
      'Constant',
      [],
      typeof value === 'number' ? { value_float: { float: value } } : { value_ints: value },
    );
  }

  /** A tensor of float32 numbers. */
  numbers(dims: readonly number[], data: readonly number[]): string {
    const output = this.add('Constant', []);
    const raw = new Uint8Array(Float32Array.from(data).buffer);
    const t = { dims: [...dims], data_type: DATA_TYPE.float32, raw_data: raw };
    this.nodes.at(-1)?.attribute.push(decodedAttribute('value', { type: ATTRIBUTE_TYPE.tensor, t }));
    return output;
  }

  /** Gives the operator that was appended last an attribute of the fused one. */
  keep(attribute: string): void {
    const kept = attributeOf(this.fused, attribute);
    if (kept) this.nodes.at(-1)?.attribute.push(kept);
  }

  /** Appends the operator whose output is one of the fused operator's. */
  last(
    op: string,
    input: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    index = 0,
  ): void {
    const output = this.fused.output[index];
    if (output) this.#append(op, nameOf(this.fused), input, [output], attributes);
  }

  #append(
    op_type: string,
    name: string,
    input: readonly string[],
    output: string[],
    attributes: Readonly<Record<string, Attribute>>,
  ): void {
    const attribute = decodedAttributes(attributes);
    this.nodes.push({ op_type, name, domain: '', input: [...input], output, attribute });
  }
}
