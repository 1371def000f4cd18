import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.js';
import { loadNetwork } from '../../../src/import/network.js';
import { graphModel, type NodeJson, weight, write, writeModel } from './files.js';

const refused = (path: string, message: string | RegExp) =>
  expect(loadNetwork({ weights: path })).rejects.toThrow(message);

const layer = (class_name: string, name: string, from: string[], config: object = {}) => ({
  class_name,
  name,
  config: { name, ...config },
  inbound_nodes: from.length > 0 ? [from.map((one) => [one, 0, 0, {}])] : [],
});

const layersModel = (layers: object[], output: string) => ({
  modelTopology: {
    class_name: 'Model',
    config: { name: 'm', layers, input_layers: [['in', 0, 0]], output_layers: [[output, 0, 0]] },
  },
  weightsManifest: [],
});

const input = layer('InputLayer', 'in', [], { batch_input_shape: [null, 8, 8, 3] });

describe('what is not supported is named, all of it', () => {
  it('operators', async () => {
    const nodes: NodeJson[] = [
      { name: 'a', op: 'Erf', input: ['x'] },
      { name: 'b', op: 'FancyOp', input: ['a'] },
      { name: 'c', op: 'Erf', input: ['b'] },
    ];
    const path = write(graphModel([4], nodes, {}));
    await refused(path, `${path}: unsupported operators: Erf at 'a', 'c'; FancyOp at 'b'`);
  });

  it('layers, and fields of layers', async () => {
    const layers = [
      input,
      layer('UpSampling2D', 'up', ['in']),
      layer('Lambda', 'l1', ['in']),
      layer('ReLU', 'r', ['in'], { threshold: 2 }),
      layer('Lambda', 'l2', ['l1']),
      layer('Flatten', 'f', ['in'], { some_new_field: 1 }),
      layer('Activation', 'a', ['in'], { activation: 'softplus' }),
      layer('Add', 'sum', ['up', 'l2', 'r', 'f', 'a']),
    ];
    await refused(
      writeModel(layersModel(layers, 'sum'), {}),
      /unsupported operators: UpSampling2D at 'up'; Lambda at 'l1', 'l2'; ReLU \(with a threshold\) at 'r'; Flatten \(with some_new_field\) at 'f'; Activation \(with activation 'softplus'\) at 'a'$/,
    );
  });

  it('layers with channels first', async () => {
    const layers = [input, layer('GlobalAveragePooling2D', 'g', ['in'], { data_format: 'channels_first' })];
    await refused(
      writeModel(layersModel(layers, 'g'), {}),
      "GlobalAveragePooling2D (with channels_first) at 'g'",
    );
  });
});

describe('damaged models are one line', () => {
  it.each<[string, unknown, string | RegExp]>([
    ['no JSON', '{"a"', /model\.json \(.*\): expected JSON, got /],
    ['no model', '[]', /TensorFlow\.js model \(.*\): expected object, got a list of 0/],
    ['weights without a topology', { weightsManifest: [] }, /modelTopology\): expected record, got nothing/],
    [
      'nodes that read each other',
      graphModel(
        [4],
        [
          { name: 'a', op: 'Add', input: ['b', 'x'] },
          { name: 'b', op: 'Relu', input: ['a'] },
        ],
        {},
      ).json,
      /expected exactly one .* got none/,
    ],
    [
      'a layer that is not there',
      layersModel([input, layer('ReLU', 'r', ['nothing'])], 'r'),
      "'r' reads call 0 of layer 'nothing', which is not there",
    ],
    [
      'layers that read each other',
      layersModel([input, layer('Add', 'a', ['in', 'b']), layer('ReLU', 'b', ['a'])], 'b'),
      "'b' reads what is computed from its own output",
    ],
    ['an output that is not there', layersModel([input], 'z'), "'the model' reads call 0 of layer 'z'"],
    [
      'a field of another kind',
      layersModel([input, layer('ReLU', 'r', ['in'], { max_value: 'six' })], 'r'),
      'expected a number, got "six"',
    ],
    [
      'missing weights',
      layersModel([input, layer('Flatten', 'f', ['in']), layer('Dense', 'd', ['f'], { units: 2 })], 'd'),
      "weights (layer 'd'): expected one 'd/kernel' in weightsManifest, got none",
    ],
    [
      'an open input',
      layersModel(
        [
          layer('InputLayer', 'in', [], { batch_input_shape: [null, null, null, 3] }),
          layer('ReLU', 'r', ['in']),
        ],
        'r',
      ),
      'shape of the input (in): expected fixed dimensions behind the batch (or inputShape that gives them, channels first), got [batch, ?, ?, 3]',
    ],
  ])('%s', async (_, json, message) => {
    await refused(writeModel(json, { 'weights.bin': new Uint8Array() }), message);
  });

  it('weights that no layer reads', async () => {
    const weights = [{ name: 'old/kernel', shape: [1], dtype: 'float32' }];
    const json = {
      ...layersModel([input, layer('GlobalMaxPooling2D', 'g', ['in'])], 'g'),
      weightsManifest: [{ paths: ['weights.bin'], weights }],
    };
    await refused(
      writeModel(json, { 'weights.bin': new Uint8Array(4) }),
      "got 'old/kernel', which no layer reads",
    );
  });

  it('lists within lists, names that layers share, and very many names', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    await refused(writeModel(`{"modelTopology": ${deep}}`, {}), 'nesting of a model.json');
    await refused(
      writeModel(layersModel([input, layer('ReLU', 'r', ['in']), layer('ReLU', 'r', ['in'])], 'r'), {}),
      "expected a different name each layer, got 'r' twice",
    );
    const calls = Array.from({ length: 20_000 }, (_, i) => [
      [i === 0 ? 'in' : 'r', Math.max(0, i - 1), 0, {}],
    ]);
    const shared = { ...layer('ReLU', 'r', []), inbound_nodes: calls };
    const json = layersModel([input, shared], 'r');
    json.modelTopology.config.output_layers = [['r', 19_999, 0]];
    await loadNetwork({ weights: writeModel(json, {}) }).catch((error: unknown) =>
      expect(error).toBeInstanceOf(InputError),
    );
  });

  it('a web address', async () => {
    await refused(
      'https://tfhub.dev/google/tfjs-model/imagenet/mobilenet_v2',
      'expected a file on this machine, got a web address',
    );
  });

  it('any changed characters give a network or one line', async () => {
    const nodes: NodeJson[] = [
      { name: 'm', op: 'MatMul', input: ['x', 'w'] },
      { name: 'r', op: 'Relu', input: ['m'] },
    ];
    const { json, bytes } = graphModel([3], nodes, { w: weight([3, 2]) });
    const text = JSON.stringify(json);
    const changes = fc.array(fc.tuple(fc.nat(text.length - 1), fc.constantFrom(...'0-1"[]{}:,aN')), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        const characters = [...text];
        for (const [at, character] of list) characters[at] = character;
        const path = writeModel(characters.join(''), { 'weights.bin': bytes });
        await loadNetwork({ weights: path }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(InputError);
        });
      }),
      { numRuns: 300 },
    );
  });
});
