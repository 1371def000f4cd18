import { InputError, mismatch } from '../../errors.js';
import { doublesOf, floatsOf } from '../../files/bytes.js';
import { decodeMessage, type Integer, messageType, toNumber } from '../../files/protobuf.js';
import { type FloatTensor, floatTensor, sizeOf } from '../../graph/tensor.js';
import { randomStream } from '../../random.js';
import { Budget } from '../constant.js';

/**
 * The part of caffe.proto that holds weights, in both formats: V1 (`layers`, four-dimensional blobs) and the present
 * one (`layer`, `shape`). Packed numbers are declared as `bytes`, which has the same wire format.
 */
const SCHEMA = `
syntax = "proto2";
message NetParameter { repeated V1LayerParameter layers = 2; repeated LayerParameter layer = 100; }
message V1LayerParameter { optional string name = 4; repeated BlobProto blobs = 6; }
message LayerParameter { optional string name = 1; repeated BlobProto blobs = 7; }
message BlobShape { repeated int64 dim = 1 [packed = true]; }
message BlobProto {
  optional int32 num = 1;
  optional int32 channels = 2;
  optional int32 height = 3;
  optional int32 width = 4;
  optional bytes data = 5;
  optional bytes double_data = 8;
  optional BlobShape shape = 7;
}
`;

const NetParameter = messageType(SCHEMA, 'NetParameter');

interface BlobProto {
  num?: number;
  channels?: number;
  height?: number;
  width?: number;
  data?: Uint8Array;
  double_data?: Uint8Array;
  shape?: { dim: Integer[] };
}

interface NetMessage {
  layers: { name?: string; blobs: BlobProto[] }[];
  layer: { name?: string; blobs: BlobProto[] }[];
}

/** Gives a layer's blobs one after another, each of the shape that the layer's definition asks for. */
export interface WeightSource {
  /** @throws InputError when the blob is missing or of another shape. */
  blob(layer: string, index: number, dims: readonly number[], kind: BlobKind): FloatTensor;
  /** Number of channels that a layer's first blob [filters, channels, ...] reads, when known without its definition. */
  channels(layer: string): number | undefined;
}

/** What a blob means, which decides on what random weights are like. */
export type BlobKind = 'weights' | 'bias' | 'mean' | 'scale' | 'factor';

/** The weights in a .caffemodel. @throws InputError when the bytes are no whole .caffemodel. */
export function readWeights(bytes: Uint8Array): WeightSource {
  const net = decodeMessage(NetParameter, bytes, 'caffemodel') as unknown as NetMessage;
  const layers = new Map([...net.layers, ...net.layer].map(({ name, blobs }) => [name ?? '', blobs]));
  // Layers may share a name, and a blob's numbers may be read once only.
  const read = new Map<BlobProto, Float32Array>();
  if (layers.size === 0) {
    throw new InputError(`expected a caffemodel with layers, got ${bytes.length} bytes without any`);
  }
  return {
    blob(layer, index, dims) {
      const blobs = layers.get(layer);
      const where = `layer '${layer}', blob ${index}`;
      const blob = blobs?.[index];
      if (!blob) {
        const got = blobs ? `${blobs.length} blobs` : 'no layer of that name in the caffemodel';
        throw mismatch({ what: 'weights', where, expected: `shape [${dims}]`, got });
      }
      const shape = shapeOf(blob);
      if (`${significant(shape)}` !== `${significant(dims)}`) {
        throw mismatch({ what: 'weights', where, expected: `shape [${dims}]`, got: `[${shape}]` });
      }
      const data = read.get(blob) ?? numbersOf(blob, where);
      read.set(blob, data);
      if (data.length !== sizeOf(dims)) {
        throw mismatch({
          what: 'weights',
          where,
          expected: `${sizeOf(dims)} numbers`,
          got: `${data.length}`,
        });
      }
      return floatTensor(dims, data);
    },
    channels(layer) {
      const blob = layers.get(layer)?.[0];
      return blob && shapeOf(blob).at(1);
    },
  };
}

/**
 * Weights made of random numbers that keep the variance of activations (He et al. 2015, equation 10: variance
 * 2 / fan-in, here uniform), no biases and neutral batch normalisations. Same seed, same numbers.
 */
export function seededWeights(seed: number): WeightSource {
  const generated = new Budget('generated');
  return {
    blob(layer, index, dims, kind) {
      const count = sizeOf(dims);
      generated.add(count, layer);
      if (kind !== 'weights') {
        return floatTensor(dims, new Float32Array(count).fill(kind === 'scale' || kind === 'factor' ? 1 : 0));
      }
      const bound = Math.sqrt(6 / sizeOf(dims.slice(1)));
      return floatTensor(dims, randomStream(seed, 'weights', layer, index).uniforms(count, -bound, bound));
    },
    channels: () => undefined,
  };
}

function shapeOf({ shape, num = 0, channels = 0, height = 0, width = 0 }: BlobProto): number[] {
  if (!shape) return [num, channels, height, width];
  return shape.dim.map(toNumber);
}

/** A shape without leading ones: V1 blobs always have four dimensions. */
function significant(shape: readonly number[]): readonly number[] {
  const first = shape.findIndex((dim) => dim !== 1);
  return first === -1 ? [] : shape.slice(first);
}

function numbersOf({ data, double_data }: BlobProto, where: string): Float32Array {
  return double_data?.length
    ? Float32Array.from(doublesOf(double_data, where))
    : floatsOf(data?.length ? data : new Uint8Array(), where);
}
