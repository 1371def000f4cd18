import protobuf from 'protobufjs';
import { loadNetwork, type Network, type NetworkFiles } from '../../src/import/network.js';
import { temporaryFile } from './onnx-file.js';

/** The fields of caffe.proto that the tests write, as caffe.proto declares them. */
const SCHEMA = `
syntax = "proto2";
message NetParameter { optional string name = 1; repeated V1LayerParameter layers = 2; repeated LayerParameter layer = 100; }
message LayerParameter { optional string name = 1; optional string type = 2; repeated BlobProto blobs = 7; }
message V1LayerParameter { optional string name = 4; optional int32 type = 5; repeated BlobProto blobs = 6; }
message BlobShape { repeated int64 dim = 1 [packed = true]; }
message BlobProto {
  optional int32 num = 1; optional int32 channels = 2; optional int32 height = 3; optional int32 width = 4;
  repeated float data = 5 [packed = true];
  repeated float diff = 6 [packed = true];
  optional BlobShape shape = 7;
  repeated double double_data = 8 [packed = true];
}
`;
const NetParameter = protobuf.parse(SCHEMA, { keepCase: true }).root.lookupType('NetParameter');

export interface Blob {
  dims: number[];
  data: number[];
}

/** The bytes of a .caffemodel, in V1 or present format, with float or double numbers. */
export function caffemodelBytes(
  layers: Record<string, Blob[]>,
  format: 'v1' | 'new' | 'double' = 'new',
): Uint8Array {
  const entries = Object.entries(layers);
  if (format === 'v1') {
    const v1 = ({ dims, data }: Blob) => {
      const [num, channels, height, width] = [...Array(4 - dims.length).fill(1), ...dims];
      return { num, channels, height, width, data, diff: data };
    };
    return NetParameter.encode({
      layers: entries.map(([name, blobs]) => ({ name, type: 4, blobs: blobs.map(v1) })),
    }).finish();
  }
  const blob = ({ dims, data }: Blob) => ({
    shape: { dim: dims },
    ...(format === 'double' ? { double_data: data } : { data }),
  });
  return NetParameter.encode({
    layer: entries.map(([name, blobs]) => ({ name, type: 'x', blobs: blobs.map(blob) })),
  }).finish();
}

/** Loads a network from the text of a prototxt and the weights of its layers (random ones when there are none). */
export function loadCaffe(
  prototxt: string,
  layers?: Record<string, Blob[]> | Uint8Array,
  files: Partial<NetworkFiles> = {},
): Promise<Network> {
  const definition = temporaryFile(prototxt, '.prototxt');
  if (!layers) return loadNetwork({ weights: definition, randomWeights: 1, ...files });
  const bytes = layers instanceof Uint8Array ? layers : caffemodelBytes(layers);
  return loadNetwork({ weights: temporaryFile(bytes, '.caffemodel'), prototxt: definition, ...files });
}

/** `input_dim` header of a definition with one sample. */
export function input(...dims: number[]): string {
  return `input: "data" input_shape { dim: 1 ${dims.map((dim) => `dim: ${dim}`).join(' ')} }\n`;
}
