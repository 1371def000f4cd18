import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import type { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { ModelProto } from '../../src/onnx/schema.js';
import { caffemodelBytes, input, loadCaffe } from './caffe-file.js';
import { graphOf, importGraph, onnxBytes, temporaryFile, weights } from './onnx-file.js';
import { logitsOf } from './support.js';

const loadBytes = (bytes: Uint8Array | string, extension = '.onnx') =>
  loadNetwork({ weights: temporaryFile(bytes, extension) });

/** A small network of several operators. */
const network = graphOf([-1, 3, 6, 6], (b, x) => {
  const conv = b.add(
    'Conv',
    [x, weights(b, 'w', [4, 3, 3, 3]), weights(b, 'b', [4])],
    { strides: [2, 2] },
    'conv',
  );
  const pool = b.add('MaxPool', [b.add('Relu', [conv])], { kernel_shape: [2, 2] }, 'pool');
  const flat = b.add('Reshape', [pool, b.ints([0, -1])]);
  return b.add('Gemm', [flat, weights(b, 'fc', [5, 4])], { transB: 1 }, 'fc');
});
const bytes = onnxBytes(network, 13);

/** Whatever is wrong with a file, the user gets one line. */
async function expectLoadedOrOneLine(load: Promise<unknown>): Promise<void> {
  await load.then(
    () => undefined,
    (error: unknown) => {
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message).not.toContain('\n');
    },
  );
}

interface TensorMessage {
  name: string;
  dims: number[];
  data_type: number;
  raw_data: Uint8Array;
  data_location: number;
  external_data: { key: string; value: string }[];
}
interface ModelMessage {
  graph: { initializer: TensorMessage[]; node: { input: string[]; output: string[] }[] };
  opset_import: { domain: string; version: number }[];
}

/** The network's file after a change to the decoded model. */
function changed(change: (model: ModelMessage) => void): Uint8Array {
  const model = ModelProto.decode(Uint8Array.from(bytes)) as unknown as ModelMessage;
  change(model);
  return ModelProto.encode(model).finish();
}

const tensor = (model: ModelMessage, name: string) =>
  model.graph.initializer.find((candidate) => candidate.name === name) as TensorMessage;

describe('damaged ONNX files', () => {
  it('any prefix of a file is refused in one line', async () => {
    for (let length = 0; length < bytes.length; length += 13) {
      await expect(loadBytes(bytes.subarray(0, length))).rejects.toThrow(InputError);
    }
  });

  it('any changed bytes give a network or one line', async () => {
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const copy = Uint8Array.from(bytes);
        for (const [at, value] of list) copy[at] = value;
        await expectLoadedOrOneLine(loadBytes(copy));
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it.each([
    ['nothing', '', /expected an ONNX model with a graph, got 0 bytes/],
    ['text', 'this is no network', /expected a whole ONNX model, got 18 bytes/],
  ])('%s is no network', async (_, content, message) => {
    await expect(loadBytes(content)).rejects.toThrow(message);
  });

  it('missing files, folders and unknown extensions', async () => {
    const path = temporaryFile('', '.onnx');
    await expect(loadNetwork({ weights: join(dirname(path), 'gone.onnx') })).rejects.toThrow(
      /^cannot read '.*gone.onnx': no such file or directory$/,
    );
    await expect(loadNetwork({ weights: `${dirname(path)}/x.h5` })).rejects.toThrow(
      /network file .*expected .onnx, .json, .caffemodel, .prototxt, got .h5/,
    );
    await expect(loadNetwork({ weights: 'x.caffemodel' })).rejects.toThrow(
      'expected the prototxt that belongs to the caffemodel',
    );
    await expect(loadNetwork({ weights: 'x.prototxt' })).rejects.toThrow('or a seed for random weights');
  });

  it.each<[string, (model: ModelMessage) => void, RegExp]>([
    [
      'too few weights',
      (m) => {
        tensor(m, 'w').dims = [4, 3, 3, 4];
      },
      /weights \(w\): expected 144 numbers for shape \[4,3,3,4\], got 108/,
    ],
    [
      'a shape that is too large for any memory',
      (m) => {
        tensor(m, 'w').dims = [2 ** 40, 2 ** 20];
      },
      /shape of a tensor \(w\)/,
    ],
    [
      'a negative size',
      (m) => {
        tensor(m, 'w').dims = [-4, 27];
      },
      /shape of a tensor \(w\)/,
    ],
    [
      'bytes that are no whole numbers',
      (m) => {
        tensor(m, 'w').raw_data = new Uint8Array(431);
      },
      /weights \(w\)/,
    ],
    [
      'a type that is no number',
      (m) => {
        tensor(m, 'w').data_type = 8;
      },
      /type of a tensor \(w\).*got data type 8/,
    ],
    [
      'weights that are not finite',
      (m) => {
        tensor(m, 'w').raw_data.set([0, 0, 192, 127], 8);
      },
      /weights \(conv.weight\): expected finite numbers, got NaN at 2/,
    ],
    [
      'an old operator set',
      (m) => {
        (m.opset_import[0] as { version: number }).version = 6;
      },
      /expected ONNX operator set 7 to 26, got 6/,
    ],
    [
      'an operator set that is not known yet',
      (m) => {
        (m.opset_import[0] as { version: number }).version = 27;
      },
      /expected ONNX operator set 7 to 26, got 27/,
    ],
    [
      'a value that nothing computes',
      (m) => {
        (m.graph.node[1] as { input: string[] }).input = ['ghost'];
      },
      /node 'Relu' reads 'ghost', which nothing computes/,
    ],
    [
      'a circle',
      (m) => {
        (m.graph.node[0] as { input: string[] }).input[0] = 'Reshape';
      },
      /node 'conv' reads what is computed from its own output/,
    ],
  ])('%s', async (_, change, message) => {
    await expect(loadBytes(changed(change))).rejects.toThrow(message);
  });

  it('names all unsupported operators at once', async () => {
    const graph = graphOf([-1, 3, 6, 6], (b, x) => {
      const one = b.add('Acosh', [b.add('Asinh', [x], {}, 'first')], {}, 'norm');
      const other = b.add('Conv', [b.add('Asinh', [x], {}, 'second'), x], {}, 'dynamic');
      return b.add('Flatten', [b.add('Add', [one, other])]);
    });
    await expect(importGraph(graph, 13)).rejects.toThrow(
      "unsupported operators: Asinh at 'first', 'second'; Acosh at 'norm'",
    );
    const dynamic = graphOf([-1, 3, 6, 6], (b, x) => b.add('Conv', [x, b.add('Relu', [x])], {}, 'dynamic'));
    await expect(importGraph(dynamic, 13)).rejects.toThrow("Conv (with a computed input 1) at 'dynamic'");
  });

  it.each<[string, (b: GraphBuilder, x: string) => string, RegExp]>([
    [
      'ConstantOfShape',
      (b, x) => b.add('MatMul', [x, b.add('ConstantOfShape', [b.ints([8, 2 ** 34])])]),
      /generated numbers/,
    ],
    [
      'broadcast constants',
      (b) =>
        b.add('Mul', [
          b.add('Reshape', [
            b.constant(floatTensor([60_000], new Float32Array(60_000)), 'a'),
            b.ints([60_000, 1]),
          ]),
          b.constant(floatTensor([60_000], new Float32Array(60_000)), 'c'),
        ]),
      /generated numbers/,
    ],
    ['Pad', (b, x) => b.add('Relu', [b.add('Pad', [x, b.ints([0, 0, 0, 2 ** 40])])]), /size of a value/],
    [
      'Unsqueeze',
      (b, x) => b.add('Relu', [b.add('Unsqueeze', [x, b.ints(Array.from({ length: 16 }, (_, i) => i + 1))])]),
      /rank of a value or tensor \(Unsqueeze\): expected at most 8 axes, got 18/,
    ],
  ])('%s cannot ask for all of the memory', async (_, write, message) => {
    const graph = graphOf([-1, 8], (b, x) => b.add('Add', [b.add('Flatten', [write(b, x)]), x]));
    await expect(importGraph(graph, 13)).rejects.toThrow(message);
  });

  it('reads external weights from the folder of the model only', async () => {
    const external = (location: string, offset = 4) =>
      changed((m) => {
        const w = tensor(m, 'w');
        w.raw_data = new Uint8Array();
        w.data_location = 1;
        w.external_data = [
          { key: 'location', value: location },
          { key: 'offset', value: `${offset}` },
          { key: 'length', value: '432' },
        ];
      });
    const path = temporaryFile(external('weights.bin'), '.onnx');
    const raw = tensor(ModelProto.decode(bytes) as unknown as ModelMessage, 'w').raw_data;
    writeFileSync(join(dirname(path), 'weights.bin'), Buffer.concat([Buffer.alloc(4), raw]));
    const image = new Float32Array(108).fill(0.5);
    const inside = await loadNetwork({ weights: path });
    expect(await logitsOf(inside.graph, image)).toEqual(
      await logitsOf((await loadBytes(bytes)).graph, image),
    );
    for (const location of ['../weights.bin', '/etc/passwd', 'a/../../weights.bin', '', '.']) {
      await expect(loadBytes(external(location))).rejects.toThrow(
        /weights 'w': expected a file in the model's folder/,
      );
    }
    await expect(loadBytes(external('weights.bin', 8))).rejects.toThrow(
      /bytes 8 to 440 lie outside its 436 bytes/,
    );
    await expect(loadBytes(external('weights.bin', -1))).rejects.toThrow(/bytes -1 to 431 lie outside/);
  });
});

const prototxt = `${input(1, 4, 4)}
  layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 2 kernel_size: 3 } }
  layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
  layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 3 } }
  layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }`;
const zeros = (...dims: number[]) => ({ dims, data: Array<number>(dims.reduce((a, b) => a * b, 1)).fill(0) });
const layers = { conv: [zeros(2, 1, 3, 3), zeros(2)], fc: [zeros(3, 8), zeros(3)] };

describe('damaged Caffe files', () => {
  it.each(['v1', 'new'] as const)(
    'any prefix of a caffemodel (%s format) is refused in one line',
    async (format) => {
      const whole = caffemodelBytes(layers, format);
      expect((await loadCaffe(prototxt, whole)).classes).toBe(3);
      for (let length = 0; length < whole.length; length += 7) {
        await expect(loadCaffe(prototxt, whole.subarray(0, length))).rejects.toThrow(InputError);
      }
    },
  );

  it('any changed bytes of a caffemodel, and of a prototxt, give a network or one line', async () => {
    const whole = caffemodelBytes(layers, 'new');
    const text = Buffer.from(prototxt);
    const changes = (length: number) =>
      fc.array(fc.tuple(fc.nat(length - 1), fc.integer({ min: 32, max: 126 })), {
        minLength: 1,
        maxLength: 3,
      });
    const applied = (original: Uint8Array, list: [number, number][]) => {
      const copy = Uint8Array.from(original);
      for (const [at, value] of list) copy[at] = value;
      return copy;
    };
    await fc.assert(
      fc.asyncProperty(changes(whole.length), changes(text.length), async (inWeights, inText) => {
        await expectLoadedOrOneLine(loadCaffe(prototxt, applied(whole, inWeights)));
        await expectLoadedOrOneLine(loadCaffe(Buffer.from(applied(text, inText)).toString(), layers));
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  const load = (
    from: string,
    to: string,
    weights: Record<string, { dims: number[]; data: number[] }[]> = layers,
  ) => loadCaffe(prototxt.replace(from, to), weights);

  it.each<[string, Promise<unknown> | (() => Promise<unknown>), RegExp]>([
    ['an unknown layer type', () => load('"ReLU"', '"SPP"'), /unsupported operators: SPP at 'relu'/],
    [
      'several unknown ones',
      () =>
        load('"ReLU"', '"Swish"').catch(() =>
          loadCaffe(prototxt.replace('"ReLU"', '"Swish"').replace('"InnerProduct"', '"Embed"'), layers),
        ),
      /Swish at 'relu'; Embed at 'fc'/,
    ],
    [
      'a layer that reads what no layer makes',
      () => load('bottom: "conv" top: "fc"', 'bottom: "cnov" top: "fc"'),
      /bottom \(layer 'fc'\): expected a blob that a layer before it makes, got 'cnov'/,
    ],
    ['a misspelt field', () => load('kernel_size', 'kernal_size'), /kernel \[0,0\]/],
    [
      'a field that does not exist',
      () => load('num_output: 2', 'num_output: 2 strid: 2'),
      /line 3: convolution_param of layer 'conv' has no field 'strid' \(did you mean 'stride'\?\)/,
    ],
    [
      'weights of another shape',
      () => load('num_output: 2', 'num_output: 4'),
      /weights \(layer 'conv', blob 0\): expected shape \[4,1,3,3\], got \[2,1,3,3\]/,
    ],
    [
      'a layer that is not in the caffemodel',
      () => load('', '', { conv: layers.conv }),
      /weights \(layer 'fc', blob 0\).*no layer of that name in the caffemodel/,
    ],
    [
      'a blob that is not in the caffemodel',
      () => load('', '', { ...layers, fc: [zeros(3, 8)] }),
      /weights \(layer 'fc', blob 1\).*got 1 blobs/,
    ],
    [
      'a blob with too few numbers',
      () => load('', '', { ...layers, fc: [{ dims: [3, 8], data: [1] }, zeros(3)] }),
      /weights \(layer 'fc', blob 0\): expected 24 numbers, got 1/,
    ],
    [
      'LRN within channels',
      () => load('type: "ReLU"', 'type: "LRN" lrn_param { norm_region: WITHIN_CHANNEL }'),
      /LRN \(within channels\) at 'relu'/,
    ],
    [
      'an image without a shape',
      () => load('dim: 1 dim: 1 dim: 4 dim: 4', ''),
      /input 'data': expected its shape/,
    ],
    [
      'no layers',
      () => loadCaffe('name: "x"', layers),
      /expected a network with layers in the prototxt, got none/,
    ],
    [
      'random weights beyond memory',
      () => loadCaffe(prototxt.replace('num_output: 3', 'num_output: 2000000000')),
      /generated numbers \(fc\)/,
    ],
  ])('%s', async (_, attempt, message) => {
    await expect(typeof attempt === 'function' ? attempt() : attempt).rejects.toThrow(message);
  });
});
