import { mismatch } from '../../errors.js';
import { doublesOf, floatsOf, varintsOf, viewOf } from '../../files/bytes.js';
import { checkLimit } from '../../files/limits.js';
import { toNumber } from '../../files/protobuf.js';
import type { NumberArray } from '../../graph/strided.js';
import { sizeOf } from '../../graph/tensor.js';
import type { TensorProto } from '../../onnx/decode.js';
import { DATA_LOCATION } from '../../onnx/schema.js';
import { Budget, Constant } from '../constant.js';
import type { NetworkFileReader } from '../files.js';
import { arrayFor, ELEMENTS, type Element } from './element-types.js';

/** What a tensor says of itself, before any of its numbers are looked at. */
interface Head {
  readonly element: Element;
  readonly dims: readonly number[];
  readonly count: number;
}

/** Reads the tensors of one network and counts their numbers. */
export class TensorReader {
  readonly #count = new Budget('weights');

  /**
   * Reads a tensor. float32 numbers are views of the file's bytes, so each tensor may be read once only.
   * @throws InputError when type, shape and amount of data do not fit together, or the network becomes too large.
   */
  read(proto: TensorProto, where: string): Constant {
    const { element, dims, count } = headOf(proto, where);
    this.#count.add(count, where, arrayFor(element.type).BYTES_PER_ELEMENT);
    const data = numbersOf(proto, element, where);
    if (data.length === count) return new Constant(element.type, dims, data);
    throw mismatch({
      what: 'weights',
      where,
      expected: `${count} numbers for shape [${dims}]`,
      got: `${data.length}`,
    });
  }
}

/**
 * Fetches the data of a tensor that lies in a file beside the model.
 * @throws InputError when the file is not in the model's folder, or lacks the data.
 */
export async function fetchExternal(
  proto: TensorProto,
  model: string,
  files: NetworkFileReader,
): Promise<TensorProto> {
  if (proto.data_location !== DATA_LOCATION.external) return proto;
  const where = proto.name ?? '';
  const { element, dims, count } = headOf(proto, where);
  checkLimit('weights', count * element.width, where);
  const entries = new Map((proto.external_data ?? []).map(({ key, value }) => [key, value ?? '']));
  const length = count * element.width;
  const given = Number(entries.get('length') ?? length);
  if (given !== length) {
    throw mismatch({
      what: 'weights',
      where,
      expected: `${length} bytes for shape [${dims}]`,
      got: `length ${entries.get('length')}`,
    });
  }
  const range = { offset: Number(entries.get('offset') ?? 0), length };
  return { ...proto, raw_data: await files.readBeside(model, entries.get('location') ?? '', where, range) };
}

function headOf(proto: TensorProto, where: string): Head {
  const dims = (proto.dims ?? []).map(toNumber);
  checkLimit('axes', dims.length, where);
  const count = sizeOf(dims);
  if (dims.some((dim) => dim < 0) || !Number.isSafeInteger(count)) {
    throw mismatch({ what: 'shape of a tensor', where, expected: 'sizes of 0 and more', got: `[${dims}]` });
  }
  const element = ELEMENTS.get(proto.data_type ?? 0);
  if (element) return { element, dims, count };
  throw mismatch({
    what: 'type of a tensor',
    where,
    expected: 'numbers (float, double, float16, bfloat16, integers or bool)',
    got: `data type ${proto.data_type ?? 'none'}`,
  });
}

function numbersOf(proto: TensorProto, element: Element, where: string): NumberArray {
  const { type, width, field, read } = element;
  const raw = proto.raw_data?.length ? proto.raw_data : undefined;
  if (type === 'float32') return floatsOf(raw ?? bytesOf(proto, field), where);
  if (type === 'float64') return doublesOf(raw ?? bytesOf(proto, field), where);
  if (!raw) return listed(proto, element, where);
  const view = viewOf(raw);
  const numbers = new (arrayFor(type))(Math.floor(raw.length / width));
  for (let i = 0; i < numbers.length; i++) numbers[i] = read(view, i * width);
  return numbers;
}

/** Numbers that a field of the message lists one by one. */
function listed(proto: TensorProto, { type, field, ofBits }: Element, where: string): NumberArray {
  const list = varintsOf(bytesOf(proto, field), where);
  const numbers = new (arrayFor(type))(list.length);
  for (let i = 0; i < list.length; i++) {
    const number = list[i] as number;
    numbers[i] = ofBits ? ofBits(number) : field === 'uint64_data' && number < 0 ? number + 2 ** 64 : number;
  }
  return numbers;
}

function bytesOf(proto: TensorProto, field: Element['field']): Uint8Array {
  const bytes = proto[field];
  return bytes?.length ? bytes : new Uint8Array();
}
