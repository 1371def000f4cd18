import type { Attribute } from '../graph/graph.js';
import type { AttributeProto, NodeProto } from './decode.js';
import { ATTRIBUTE_TYPE } from './schema.js';

/** The attribute of a node as its file has it, whatever its type; undefined where it has none of the name. */
export function attributeOf({ attribute }: NodeProto, name: string): AttributeProto | undefined {
  return attribute.find((one) => one.name === name);
}

/** The fields of an AttributeProto that hold a value. */
export function attributeValue(value: Attribute) {
  if (typeof value === 'number') return { type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === 'string') return { type: ATTRIBUTE_TYPE.string, s: Buffer.from(value) };
  if ('float' in value) return { type: ATTRIBUTE_TYPE.float, f: value.float };
  if ('floats' in value) return { type: ATTRIBUTE_TYPE.floats, floats: [...value.floats] };
  return { type: ATTRIBUTE_TYPE.ints, ints: [...value] };
}

/** An attribute as if it had been decoded: of what it holds nothing but `value`. */
export function decodedAttribute(
  name: string,
  value: Pick<AttributeProto, 'type'> & Partial<AttributeProto>,
): AttributeProto {
  return { f: 0, i: 0, s: new Uint8Array(), floats: [], ints: [], strings: [], ...value, name };
}

/** The attributes of a node in memory, as if they had been decoded. */
export function decodedAttributes(attributes: Readonly<Record<string, Attribute>>): AttributeProto[] {
  return Object.entries(attributes).map(([name, value]) => decodedAttribute(name, attributeValue(value)));
}
