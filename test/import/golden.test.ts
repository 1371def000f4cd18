import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import { sizeOf } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { TensorReader } from '../../src/import/onnx/tensors.js';
import type { TensorProto } from '../../src/onnx/decode.js';
import { ModelProto } from '../../src/onnx/schema.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { temporaryFile, unmergedGraph } from './onnx-file.js';
import { logitsOf, noise, relativeError, runOriginal } from './support.js';

const npy = (path: string) => readNpy(readFileSync(path), path).data;

const MINI = ['conv1d', 'group-dilated', 'inception-lrn', 'mlp', 'mobilenet', 'resnet', 'vgg-bn'];

describe.skipIf(!hasShared)(`golden networks${needsShared}`, () => {
  it.each(MINI)('%s: logits as computed in float64', async (name) => {
    const path = shared('golden', name, 'model.onnx');
    const network = await loadNetwork({ weights: path });
    const input = npy(shared('golden', name, 'x.input.npy'));
    const expected = npy(shared('golden', name, 'x.logits.npy'));
    expect(relativeError(await logitsOf(network.graph, input), expected)).toBeLessThan(2e-6);
    expect(relativeError(await logitsOf(await unmergedGraph(path), input), expected)).toBeLessThan(2e-6);
  });
});

/** Networks whose weights are constants, and the value before their softmax. */
const LIGHT = {
  bvlc_alexnet: 'r24',
  densenet121: 'fc6_1',
  inception_v1: 'r143',
  inception_v2: 'r507',
  resnet50: 'r174',
  shufflenet: 'r201',
  squeezenet: 'r65',
  vgg19: 'r46',
  zfnet512: 'r20',
};

describe.skipIf(!hasShared)(`light networks${needsShared}`, () => {
  it.each(Object.entries(LIGHT))(
    '%s: logits as onnxruntime computes them',
    async (name, logits) => {
      const path = shared('models', 'light', `light_${name}.onnx`);
      const network = await loadNetwork({ weights: path });
      expect(network.classes).toBe(1000);
      const input = noise(3 * 224 * 224);
      // summing equal numbers rounds the same way every time, so only the same kernels give the same sums
      const original = await runOriginal(readFileSync(path), [1, 3, 224, 224], input, logits, 'all');
      expect(relativeError(await logitsOf(network.graph, input), original)).toBeLessThan(1e-6);
    },
    60_000,
  );

  it.each(['densenet121', 'inception_v2', 'shufflenet', 'squeezenet'] as const)(
    '%s with random weights',
    async (name) => {
      const bytes = withRandomWeights(readFileSync(shared('models', 'light', `light_${name}.onnx`)));
      const path = temporaryFile(bytes, '.onnx');
      const network = await loadNetwork({ weights: path });
      const input = noise(3 * 224 * 224);
      const original = await runOriginal(bytes, [1, 3, 224, 224], input, LIGHT[name]);
      expect(new Set(original).size).toBeGreaterThan(500);
      expect(relativeError(await logitsOf(network.graph, input), original)).toBeLessThan(1e-6);
      expect(relativeError(await logitsOf(await unmergedGraph(path), input), original)).toBeLessThan(1e-6);
    },
    60_000,
  );
});

/** The file with random weights in place of the constant ones, under which all channels are alike. */
function withRandomWeights(bytes: Uint8Array): Uint8Array {
  const model = ModelProto.decode(bytes) as unknown as {
    graph: {
      node: { op_type: string; input: string[]; output: string[] }[];
      initializer: TensorProto[];
    };
  };
  const { graph } = model;
  const tensors = new TensorReader();
  const shapes = new Map(graph.initializer.map((tensor) => [tensor.name as string, tensor]));
  const variances = new Set(
    graph.node.flatMap(({ op_type, input }) => (op_type === 'BatchNormalization' ? [input[4]] : [])),
  );
  const generated = graph.node.filter(({ op_type }) => op_type === 'ConstantOfShape');
  const weights = generated.map(({ input, output }, n) => {
    const name = output[0] as string;
    const dims = Array.from(tensors.read(shapes.get(input[0] as string) as TensorProto, name).data);
    const scale = dims.length > 1 ? Math.sqrt(6 / sizeOf(dims.slice(1))) : 0.5;
    const data = noise(sizeOf(dims), n).map((value) => (variances.has(name) ? 1.5 + value : scale * value));
    return { name, dims, data_type: 1, raw_data: new Uint8Array(data.buffer) };
  });
  const node = graph.node.filter(({ op_type }) => op_type !== 'ConstantOfShape');
  return ModelProto.encode({
    ...model,
    graph: { ...graph, node, initializer: [...graph.initializer, ...weights] },
  }).finish();
}

const CAFFE = ['bvlc_googlenet', 'squeezenet_v1.1'];
const IMAGES = ['ILSVRC2012_val_00000004', 'ILSVRC2012_val_00000009'];

describe.skipIf(!hasShared)(`trained Caffe networks${needsShared}`, () => {
  it.each(CAFFE)('%s: logits as computed in float64', async (name) => {
    const network = await loadNetwork({
      weights: shared('models', name, `${name}.caffemodel`),
      prototxt: shared('models', name, 'deploy.prototxt'),
    });
    for (const image of IMAGES) {
      const input = npy(shared('golden', name, `${image}.input.npy`));
      const expected = npy(shared('golden', name, `${image}.logits.npy`));
      const error = relativeError(await logitsOf(network.graph, input), expected);
      expect(error).toBeLessThan(2e-6);
    }
  });
});
