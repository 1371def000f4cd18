import { Fields } from './fields.js';
import type { AttributeValue } from './program.js';

/** The attributes of a GraphDef node: JSON of protocol buffers, in which int64 and bytes are strings. */
export function attributesOf(attr: unknown, node: string): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = { __proto__: null as never };
  for (const [name, value] of Object.entries(new Fields(attr, `attr of '${node}'`).all())) {
    const decoded = decodedValue(value, `${name} of '${node}'`);
    if (decoded !== undefined) attributes[name] = decoded;
  }
  return attributes;
}

/** What holds the value of an attribute, and how it is written. */
const DECODERS: Readonly<Record<string, (value: unknown, where: string) => AttributeValue | undefined>> = {
  s: text,
  i: Number,
  f: Number,
  b: Boolean,
  type: typeName,
  shape: (value, where) => {
    const dims = new Fields(value, where).list('dim');
    return dims.map((dim) => Number(new Fields(dim, where).value('size') ?? -1));
  },
  list: (value, where) => {
    const [[kind, items] = []] = Object.entries(new Fields(value, where).all());
    if (!Array.isArray(items)) return [];
    if (kind === 's') return items.map(text);
    return kind === 'i' || kind === 'f' ? items.map(Number) : undefined;
  },
};

function decodedValue(value: unknown, where: string): AttributeValue | undefined {
  const [[kind, held] = []] = Object.entries(new Fields(value, where).all());
  const decode = kind !== undefined && Object.hasOwn(DECODERS, kind) ? DECODERS[kind] : undefined;
  return decode?.(held, where);
}

/** Bytes are base64; some versions of the converter wrote a list of them. */
function text(value: unknown): string {
  return (
    Array.isArray(value) ? Buffer.from(value.map(Number)) : Buffer.from(String(value), 'base64')
  ).toString();
}

/** Names of DataType, some of which stand as numbers in old files. */
function typeName(value: unknown): string {
  return typeof value === 'number' ? (TYPES[value] ?? `DT_${value}`) : String(value);
}

const TYPES: Readonly<Record<number, string>> = {
  1: 'DT_FLOAT',
  2: 'DT_DOUBLE',
  3: 'DT_INT32',
  9: 'DT_INT64',
  19: 'DT_HALF',
};
