import protobuf from 'protobufjs';
import { InputError, messageOf } from '../errors.js';
import { checkLimit } from './limits.js';

/** Integers of a decoded message: 64 bits wide ones are objects of the package `long`. */
export type Integer = number | { toNumber(): number };

export function toNumber(value: Integer): number {
  return typeof value === 'number' ? value : value.toNumber();
}

/** A message type of a schema in protocol buffers' language; its fields keep their names. */
export function messageType(schema: string, name: string): protobuf.Type {
  const { root } = protobuf.parse(schema, { keepCase: true });
  root.resolveAll();
  return root.lookupType(name);
}

/**
 * Decodes a message after its wire format was walked through without building anything: a few bytes of it may stand for
 * an object a hundred times as large.
 * @param what the file, as in "expected a whole ONNX model"
 * @throws InputError when the bytes are no whole message, or one beyond the limits
 */
export function decodeMessage(type: protobuf.Type, bytes: Uint8Array, what: string): protobuf.Message {
  try {
    new Census(bytes, what).count(type, bytes.length, 1);
    return type.decode(bytes);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `expected a whole ${what}, got ${bytes.length} bytes that end or break off: ${messageOf(error)}`,
    );
  }
}

/** protobufjs knows the end of a field's data as well as how to skip it, but its types leave the former out. */
type Reader = protobuf.Reader & { skip(length?: number): Reader };

const LENGTH_DELIMITED = 2;

/** Counts the entries of a message: everything in it that becomes an object, a string or a number of a list. */
class Census {
  readonly #reader: Reader;
  readonly #where: string;
  #entries = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.#reader = protobuf.Reader.create(bytes) as Reader;
    this.#where = where;
  }

  count(type: protobuf.Type, end: number, depth: number): void {
    checkLimit('messageDepth', depth, this.#where);
    const reader = this.#reader;
    while (reader.pos < end) {
      const tag = reader.uint32();
      const field = type.fieldsById[tag >>> 3];
      if (field) this.#add(1);
      if ((tag & 7) !== LENGTH_DELIMITED) {
        reader.skipType(tag & 7);
        continue;
      }
      const length = reader.uint32();
      if (field?.resolvedType instanceof protobuf.Type) {
        this.count(field.resolvedType, reader.pos + length, depth + 1);
        continue;
      }
      if (field?.type === 'string') checkLimit('name', length, this.#where);
      // A number of a packed list takes at least a byte.
      else if (field && field.type !== 'bytes') this.#add(length);
      reader.skip(length);
    }
  }

  #add(entries: number): void {
    this.#entries += entries;
    checkLimit('messages', this.#entries, this.#where);
  }
}
