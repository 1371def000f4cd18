import { z } from 'zod';
import { InputError, mismatch } from '../../errors.js';
import { fromFloat16 } from '../../files/half-floats.js';
import { checkLimit } from '../../files/limits.js';
import { sizeOf } from '../../graph/tensor.js';
import { Budget, Constant } from '../constant.js';

/** What `weightsManifest` says: groups of weights, each cut into files without regard to tensors. */
export const manifestSchema = z.array(
  z.object({
    paths: z.array(z.string()),
    weights: z.array(
      z.object({
        name: z.string(),
        shape: z.array(z.int().nonnegative()),
        dtype: z.string(),
        quantization: z
          .object({ dtype: z.string(), scale: z.number().optional(), min: z.number().optional() })
          .optional(),
        group: z.string().optional(),
      }),
    ),
  }),
);

export type Manifest = z.infer<typeof manifestSchema>;
type Group = Manifest[number];
type Entry = Group['weights'][number];

/** How numbers are stored: bytes each, and what reads one (little-endian). */
interface Storage {
  readonly width: number;
  read(view: DataView, offset: number): number;
}

const TYPES: Readonly<Record<string, Storage>> = {
  __proto__: null as never,
  float32: { width: 4, read: (view, at) => view.getFloat32(at, true) },
  int32: { width: 4, read: (view, at) => view.getInt32(at, true) },
  bool: { width: 1, read: (view, at) => view.getUint8(at) },
};

/** What weights are quantised to. */
const QUANTISED: Readonly<Record<string, Storage>> = {
  __proto__: null as never,
  uint8: { width: 1, read: (view, at) => view.getUint8(at) },
  uint16: { width: 2, read: (view, at) => view.getUint16(at, true) },
  float16: { width: 2, read: (view, at) => fromFloat16(view.getUint16(at, true)) },
};

/**
 * The weights of a model.json by name. `read` gives the bytes of a file beside it. Strings, and what only optimizers need,
 * are left out.
 * @throws InputError when files are missing or too short or long, hold what is not known, or the network becomes too large
 */
export async function readManifest(
  manifest: Manifest,
  read: (path: string) => Promise<Buffer>,
): Promise<Map<string, Constant>> {
  const constants = new Map<string, Constant>();
  const numbers = new Budget('weights');
  for (const group of manifest) {
    for (const entry of group.weights) {
      if (isConstant(entry)) numbers.add(countOf(entry), entry.name, arrayFor(entry.dtype).BYTES_PER_ELEMENT);
    }
    const shards: Buffer[] = [];
    for (const path of group.paths) shards.push(await read(path));
    const bytes = shards.length === 1 ? (shards[0] as Buffer) : Buffer.concat(shards);
    for (const [entry, part] of partsOf(group, bytes)) {
      if (isConstant(entry)) constants.set(entry.name, constantOf(entry, part));
    }
  }
  return constants;
}

const isConstant = ({ group, dtype }: Entry) => group !== 'optimizer' && dtype !== 'string';

const arrayFor = (dtype: string) => (dtype === 'float32' ? Float32Array : Float64Array);

/** Each tensor of a group with its bytes. @throws InputError when the bytes are not all there, or more. */
function* partsOf({ paths, weights }: Group, bytes: Buffer): Iterable<[Entry, Buffer]> {
  const needed: [Entry, number, number][] = [];
  let offset = 0;
  for (const entry of weights) {
    const length = lengthOf(entry, bytes, offset);
    needed.push([entry, offset, length]);
    offset += length;
  }
  if (offset !== bytes.length) {
    throw mismatch({
      what: 'weights',
      where: paths.join(', '),
      expected: `${offset} bytes in ${paths.length} ${paths.length === 1 ? 'file' : 'files'}`,
      got: `${bytes.length}`,
    });
  }
  for (const [entry, start, length] of needed) yield [entry, bytes.subarray(start, start + length)];
}

/** How many numbers or strings a tensor has. */
function countOf({ name, shape }: Entry): number {
  checkLimit('axes', shape.length, name);
  const count = sizeOf(shape);
  if (Number.isSafeInteger(count)) return count;
  throw mismatch({ what: 'shape of weights', where: name, expected: 'sizes', got: `[${shape}]` });
}

function lengthOf(entry: Entry, bytes: Buffer, offset: number): number {
  const count = countOf(entry);
  return entry.dtype === 'string' ? lengthOfStrings(count, bytes, offset) : count * storageOf(entry).width;
}

/** Every string has its length before it. */
function lengthOfStrings(count: number, bytes: Buffer, offset: number): number {
  let at = offset;
  for (let i = 0; i < count && at + 4 <= bytes.length; i++) at += 4 + bytes.readUInt32LE(at);
  return at - offset;
}

function storageOf({ name, dtype, quantization }: Entry): Storage {
  const type = TYPES[dtype];
  if (!type) {
    throw mismatch({
      what: 'dtype of weights',
      where: name,
      expected: `${Object.keys(TYPES).join(', ')} or string`,
      got: `'${dtype}'`,
    });
  }
  if (!quantization) return type;
  const stored = QUANTISED[quantization.dtype];
  const known =
    stored !== undefined && dtype !== 'bool' && (quantization.dtype !== 'float16' || dtype === 'float32');
  if (known) return stored;
  throw mismatch({
    what: 'quantization of weights',
    where: name,
    expected: `${Object.keys(QUANTISED).join(', ')}, the last one of float32 only`,
    got: `'${quantization.dtype}' of ${dtype}`,
  });
}

/** Quantised numbers are q * scale + min, computed in double precision and rounded once, as TensorFlow.js has it. */
function constantOf(entry: Entry, bytes: Buffer): Constant {
  const { shape, dtype } = entry;
  const { width, read } = storageOf(entry);
  const value = dequantised(entry);
  const count = sizeOf(shape);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return new Constant(dtype as 'float32' | 'int32' | 'bool', shape, () => {
    const data = new (arrayFor(dtype))(count);
    for (let i = 0; i < count; i++) data[i] = value(read(view, i * width));
    return data;
  });
}

function dequantised({ name, dtype, quantization }: Entry): (stored: number) => number {
  if (!quantization || quantization.dtype === 'float16') return (stored) => stored;
  const { scale, min } = quantization;
  if (scale === undefined || min === undefined) {
    throw new InputError(`quantization of weights (${name}): expected scale and min, got not both`);
  }
  return dtype === 'int32' ? (q) => Math.round(q * scale + min) : (q) => q * scale + min;
}
