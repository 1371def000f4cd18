import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../src/import/caffe/definition.js';
import { parseTextFormat } from '../../src/import/caffe/text-format.js';
import { layerTable } from '../../src/import/inspect.js';
import { loadNetwork } from '../../src/import/network.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { input, loadCaffe } from './caffe-file.js';
import { logitsOf, noise } from './support.js';

describe('text format', () => {
  it('reads values, messages, lists, comments and strings in every notation', () => {
    const message = parseTextFormat(`
      name: "a # \\"b\\"" 'c' # a comment
      n: -1.5e-3 n: .5f, n: 7; list: [1, 2,3]
      one { x: 1 } one: < x: 2 > one: { x: 3 y { } }
      yes: true no: false kind: MAX
    `);
    expect(message.string('name')).toBe('a # "b"c');
    expect(message.numbers('n')).toEqual([-0.0015, 0.5, 7]);
    expect(message.numbers('list')).toEqual([1, 2, 3]);
    expect(message.messages('one').map((one) => one.number('x', 0))).toEqual([1, 2, 3]);
    expect([
      message.boolean('yes', false),
      message.boolean('no', true),
      message.boolean('absent', true),
    ]).toEqual([true, false, true]);
    expect(message.string('kind')).toBe('MAX');
  });

  it.each([
    ['a: {\n b: 1\n', "prototxt (line 3): expected a field or '}', got the end of the file"],
    ['a: 1 }', "prototxt (line 1): expected a field, got '}'"],
    ['a 1', "prototxt (line 1): expected ':' or '{', got '1'"],
    ['a: "open\n"', 'prototxt (line 1): expected a name, value or brace, got "\\""'],
    ['\n\na: @', 'prototxt (line 3): expected a name, value or brace, got "@"'],
    ['a: [1, 2', 'prototxt (line 1): expected a value, got the end of the file'],
    ['a {'.repeat(1000), 'nesting of a prototxt (line 1): expected at most 32 messages, got 33'],
  ])('says where %j breaks it', (text, message) => {
    expect(() => parseTextFormat(text)).toThrow(message);
  });

  it('says which field holds something else than expected', () => {
    const message = parseTextFormat('n: x\nm { }');
    expect(() => message.number('n', 0)).toThrow("field 'n' (line 1): expected a number, got 'x'");
    expect(() => message.string('m')).toThrow("field 'm' (line 2): expected a value, got a message");
    expect(() => message.messages('n')).toThrow("field 'n' (line 1): expected a message in braces, got 'x'");
  });
});

describe('definitions', () => {
  const types = (text: string) => parseDefinition(text).layers.map(({ name, type }) => `${name}:${type}`);

  it('reads layers of both formats in the order of the file, behind a byte order mark and with any line ends', () => {
    const text =
      '\uFEFFinput: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 9\r\n' +
      'layer { name: "a" type: "ReLU" bottom: "data" top: "a" }\r\n' +
      'layers { name: "b" type: INNER_PRODUCT bottom: "a" top: "b" } layer { name: "c" type: "TanH" bottom: "b" top: "c" }\r\n' +
      'layers { name: "d" type: SOFTMAX bottom: "c" top: "d" }';
    expect(types(text)).toEqual(['a:ReLU', 'b:InnerProduct', 'c:TanH', 'd:Softmax']);
  });

  it('reads the types of the V1 format', () => {
    const text = ['CONVOLUTION', 'INNER_PRODUCT', 'RELU', 'LRN', 'SOFTMAX_LOSS', 'POOLING', 'TANH', 'ELTWISE']
      .map((type, i) => `layers { name: "${i}" type: ${type} bottom: "data" top: "${i}" }`)
      .join('\n');
    expect(types(`input: "data" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 9\n${text}`)).toEqual([
      '0:Convolution',
      '1:InnerProduct',
      '2:ReLU',
      '3:LRN',
      '4:SoftmaxWithLoss',
      '5:Pooling',
      '6:TanH',
      '7:Eltwise',
    ]);
  });

  it('keeps layers of phase TEST and of no phase, by include and exclude rules', () => {
    const layer = (name: string, rules: string) =>
      `layer { name: "${name}" type: "ReLU" bottom: "data" top: "data" ${rules} }\n`;
    const text =
      layer('both', '') +
      layer('test', 'include { phase: TEST }') +
      layer('train', 'include { phase: TRAIN }') +
      layer('either', 'include { phase: TRAIN } include { phase: TEST }') +
      layer('not-train', 'exclude { phase: TRAIN }') +
      layer('not-test', 'exclude { phase: TEST }') +
      layer('deploy', 'include { stage: "deploy" }') +
      layer('val', 'include { stage: "val" }') +
      layer('level', 'include { min_level: 1 }');
    const names = types(input(1, 2, 2) + text).map((name) => name.split(':')[0]);
    expect(names).toEqual(['both', 'test', 'either', 'not-train', 'deploy']);
  });

  it('gives layers that work in place values of their own', () => {
    const { layers, blobs } = parseDefinition(`${input(1, 2, 2)}
      layer { name: "a" type: "ReLU" bottom: "data" top: "x" }
      layer { name: "b" type: "ReLU" bottom: "x" top: "x" }
      layer { name: "c" type: "ReLU" bottom: "x" top: "y" }`);
    expect(layers.map(({ bottoms, tops }) => [bottoms, tops])).toEqual([
      [['data'], ['a']],
      [['a'], ['b']],
      [['b'], ['c']],
    ]);
    expect(blobs.get('x')).toBe('b');
  });

  it.each([
    ['legacy input_dim', 'input: "data" input_dim: 10 input_dim: 3 input_dim: 8 input_dim: 9'],
    ['input_shape', 'input: "data" input_shape { dim: 10 dim: 3 dim: 8 dim: 9 }'],
    [
      'Input layer',
      'layer { name: "in" type: "Input" top: "data" input_param { shape: { dim: 1 dim: 3 dim: 8 dim: 9 } } }',
    ],
    [
      'MemoryData layer',
      'layer { name: "in" type: "MemoryData" top: "data" top: "label" memory_data_param { batch_size: 1 channels: 3 height: 8 width: 9 } }',
    ],
    [
      'DummyData layer',
      'layer { name: "in" type: "DummyData" top: "data" dummy_data_param { shape { dim: 1 dim: 3 dim: 8 dim: 9 } } }',
    ],
    [
      'ImageData layer',
      'layer { name: "in" type: "ImageData" top: "data" top: "label" image_data_param { new_height: 8 new_width: 9 } }',
    ],
  ])('reads the input shape of %s', async (_, text) => {
    const fc =
      'layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" inner_product_param { num_output: 2 } }';
    expect((await loadCaffe(`${text}\n${fc}`)).inputShape).toEqual([3, 8, 9]);
  });

  it('takes the channels of a data layer from the weights of the first convolution', async () => {
    const text = `layer { name: "in" type: "Data" top: "data" top: "label" transform_param { crop_size: 4 } }
      layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 1 kernel_size: 4 bias_term: false } }`;
    const grey = await loadCaffe(text, { conv: [{ dims: [1, 1, 4, 4], data: [...noise(16)] }] });
    expect(grey.inputShape).toEqual([1, 4, 4]);
    expect((await loadCaffe(text)).inputShape).toEqual([3, 4, 4]);
  });

  it('ends at the last head by default, and at a layer or blob that is named', async () => {
    const fc = (name: string, bottom: string, outputs: number) =>
      `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" inner_product_param { num_output: ${outputs} } }
       layer { name: "${name}/relu" type: "ReLU" bottom: "${name}" top: "${name}" }\n`;
    const loss = (
      name: string,
    ) => `layer { name: "${name}/loss" type: "SoftmaxWithLoss" bottom: "${name}" bottom: "label" top: "${name}/loss" }
       layer { name: "${name}/accuracy" type: "Accuracy" bottom: "${name}" bottom: "label" top: "${name}/accuracy" }\n`;
    const text =
      input(1, 2, 2) +
      fc('hidden', 'data', 5) +
      fc('aux', 'hidden', 3) +
      loss('aux') +
      fc('main', 'hidden', 4) +
      loss('main');
    const ops = async (output?: string) => {
      const network = await loadCaffe(text, undefined, output === undefined ? {} : { output });
      return [network.classes, network.graph.nodes.map(({ op }) => op).join(' ')];
    };
    expect(await ops()).toEqual([4, 'Reshape Gemm Relu Gemm Relu']);
    expect(await ops('aux/loss')).toEqual([3, 'Reshape Gemm Relu Gemm Relu']);
    expect(await ops('aux')).toEqual([3, 'Reshape Gemm Relu Gemm']);
    expect(await ops('hidden/relu')).toEqual([5, 'Reshape Gemm Relu']);
    await expect(ops('mian')).rejects.toThrow("got 'mian' (did you mean 'main'?)");
  });
});

const PUBLISHED = [
  ['bvlc_reference_caffenet', 'train_val', 60_965_224, [3, 227, 227], 'fc6'],
  ['bvlc_alexnet', 'deploy', 60_965_224, [3, 227, 227], 'fc6'],
  ['bvlc_googlenet', 'deploy', 6_998_552, [3, 224, 224], 'loss3/classifier'],
  ['bvlc_googlenet', 'train_val', 6_998_552, [3, 224, 224], 'loss3/classifier'],
] as const;

describe.skipIf(!hasShared)(`published definitions${needsShared}`, () => {
  it.each(PUBLISHED)(
    '%s, %s: published shapes and number of parameters',
    async (name, file, parameters, inputShape, fc) => {
      const weights = shared('models', 'prototxt', name, `${file}.prototxt`);
      const network = await loadNetwork({ weights, randomWeights: 1 });
      expect(network.inputShape).toEqual(inputShape);
      expect(network.classes).toBe(1000);
      expect(network.parameters).toBe(parameters);
      const { layers, multiplyAdds } = layerTable(network);
      if (name === 'bvlc_alexnet') expect(multiplyAdds).toBe(724_406_816);
      const shapeOf = (layer: string) => layers.find((row) => row.name === layer)?.outputShape;
      if (name === 'bvlc_googlenet') {
        expect(shapeOf('inception_3a/output')).toEqual([256, 28, 28]);
        expect(shapeOf('inception_5b/output')).toEqual([1024, 7, 7]);
      } else {
        expect(shapeOf('conv1')).toEqual([96, 55, 55]);
        expect(shapeOf('pool5')).toEqual([256, 6, 6]);
      }
      expect(layers.find((row) => row.name === fc)?.op ?? layers.at(-1)?.op).toBe('Gemm');
    },
    30_000,
  );

  it('the training definition of GoogLeNet with trained weights gives the logits of the deployed one', async () => {
    const weights = shared('models', 'bvlc_googlenet', 'bvlc_googlenet.caffemodel');
    const load = (...definition: string[]) =>
      loadNetwork({ weights, prototxt: shared('models', ...definition) });
    const deployed = await load('bvlc_googlenet', 'deploy.prototxt');
    const training = await load('prototxt', 'bvlc_googlenet', 'train_val.prototxt');
    const image = noise(3 * 224 * 224).map((value) => value * 100);
    expect(await logitsOf(training.graph, image)).toEqual(await logitsOf(deployed.graph, image));
    // One function has one hash, whichever definition it was read from.
    expect(training.hash).toBe(deployed.hash);
  });
});
