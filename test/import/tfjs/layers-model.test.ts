import * as tf from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { loadNetwork } from '../../../src/import/network.js';
import { expectSameAsTfjs, saved, write } from './files.js';
import type { ModelJson } from './original.js';

const { layers } = tf;

/** A small convolutional network that flattens several places of several channels. */
const flattening = () =>
  tf.sequential({
    layers: [
      layers.conv2d({
        inputShape: [7, 6, 3],
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        strides: 2,
        name: 'conv',
      }),
      layers.batchNormalization({ scale: false, name: 'norm' }),
      layers.reLU({ maxValue: 6, name: 'relu6' }),
      layers.flatten({ name: 'flat' }),
      layers.dropout({ rate: 0.5, name: 'drop' }),
      layers.dense({ units: 5, activation: 'relu', name: 'hidden' }),
      layers.dense({ units: 4, activation: 'softmax', name: 'head' }),
    ],
  });

/** The layers and a dense one; behind a global pool there is nothing to flatten. */
function single(shape: number[], ...list: tf.layers.Layer[]) {
  const flat = list.at(-1)?.getClassName().startsWith('Global') ? [] : [layers.flatten()];
  const input = layers.inputLayer({ inputShape: shape });
  return tf.sequential({ layers: [input, ...list, ...flat, layers.dense({ units: 3 })] });
}

describe('layers', () => {
  it('a dense layer behind Flatten has its weights in the order of channels first: no Transpose is left', async () => {
    const network = await expectSameAsTfjs(write(await saved(flattening())), 'softmax');
    expect(network.graph.nodes.map(({ op }) => op)).toEqual([
      'Conv',
      'Clip',
      'Reshape',
      'Gemm',
      'Relu',
      'Gemm',
    ]);
  });

  it.each<[string, () => tf.layers.Layer[]]>([
    [
      'convolutions with every padding',
      () => [
        layers.conv2d({
          filters: 4,
          kernelSize: [3, 2],
          padding: 'same',
          strides: [2, 3],
          activation: 'tanh',
        }),
        layers.conv2d({ filters: 3, kernelSize: 2, padding: 'valid', useBias: false, activation: 'elu' }),
      ],
    ],
    [
      'dilated convolutions',
      () => [layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', dilationRate: 2 })],
    ],
    [
      'depthwise convolutions with a multiplier',
      () => [
        layers.depthwiseConv2d({
          kernelSize: 3,
          depthMultiplier: 2,
          padding: 'same',
          strides: 2,
          activation: 'relu6',
        }),
      ],
    ],
    [
      'separable convolutions',
      () => [
        layers.separableConv2d({
          filters: 4,
          kernelSize: 3,
          padding: 'same',
          activation: 'sigmoid',
        }),
      ],
    ],
    [
      'pools with SAME padding',
      () => [
        layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
        layers.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' }),
      ],
    ],
    [
      'pools with VALID padding',
      () => [
        layers.averagePooling2d({ poolSize: [2, 3], padding: 'valid' }),
        layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      ],
    ],
    [
      'padding and cropping',
      () => [
        layers.zeroPadding2d({
          padding: [
            [0, 1],
            [2, 0],
          ],
        }),
        layers.conv2d({ filters: 3, kernelSize: 3 }),
        layers.cropping2D({
          cropping: [
            [1, 0],
            [0, 2],
          ],
        }),
      ],
    ],
    [
      'Permute and Reshape',
      () => [
        layers.permute({ dims: [3, 1, 2] }),
        layers.conv2d({ filters: 4, kernelSize: 2 }),
        layers.reshape({ targetShape: [8, 8] }),
      ],
    ],
    [
      'batch normalisations in all kinds',
      () => [
        layers.batchNormalization({ epsilon: 0.01 }),
        layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }),
        layers.batchNormalization({ center: false }),
        layers.activation({ activation: 'relu' }),
        layers.batchNormalization({ scale: false, center: false }),
      ],
    ],
    [
      'activations as layers',
      () => [
        layers.leakyReLU({ alpha: 0.1 }),
        layers.elu({ alpha: 1 }),
        layers.activation({ activation: 'hardSigmoid' }),
      ],
    ],
    [
      'activations of the exponential kind',
      () => [layers.activation({ activation: 'selu' }), layers.activation({ activation: 'gelu' as 'elu' })],
    ],
    [
      'normalisations of each place',
      () => [
        layers.conv2d({ filters: 4, kernelSize: 3 }),
        layers.layerNormalization({ epsilon: 1e-6 }),
        layers.conv2d({ filters: 5, kernelSize: 2, activation: 'relu' }),
        layers.layerNormalization({ axis: 3, scale: false }),
      ],
    ],
    ['a dense layer at every place', () => [layers.dense({ units: 5, activation: 'relu' })]],
    ['global pools', () => [layers.globalAveragePooling2d({})]],
    ['global maxima', () => [layers.globalMaxPooling2d({})]],
  ])('%s', async (_, list) => {
    await expectSameAsTfjs(write(await saved(single([9, 8, 3], ...list()))));
  });

  it('sequences of one axis', async () => {
    const model = single(
      [12, 4],
      layers.conv1d({ filters: 6, kernelSize: 3, padding: 'same', activation: 'relu' }),
      layers.maxPooling1d({ poolSize: 2 }),
      layers.averagePooling1d({ poolSize: 2, strides: 1, padding: 'same' }),
    );
    const network = await expectSameAsTfjs(write(await saved(model)));
    expect(network.inputShape).toEqual([4, 12]);
  });

  it('a slope a feature behind Flatten', async () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [5, 4, 3], filters: 4, kernelSize: 2 }),
        layers.flatten(),
        layers.prelu({}),
        layers.dense({ units: 3 }),
      ],
    });
    const network = await expectSameAsTfjs(write(await saved(model)));
    expect(network.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'Reshape', 'PRelu', 'Gemm']);
  });

  it('features alone', async () => {
    const model = tf.sequential({
      layers: [
        layers.dense({ inputShape: [6], units: 5, activation: 'relu' }),
        layers.layerNormalization({ center: false, scale: false }),
        layers.dense({ units: 3 }),
      ],
    });
    await expectSameAsTfjs(write(await saved(model)));
  });

  it('branches, merges, a layer that is shared, models within models', async () => {
    const input = tf.input({ shape: [6, 6, 3] });
    const inner = tf.input({ shape: [6, 6, 4], name: 'inner' });
    const block = tf.model({
      inputs: inner,
      outputs: layers
        .conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', name: 'in-block' })
        .apply(inner) as tf.SymbolicTensor,
      name: 'block',
    });
    const tail = tf.sequential({
      name: 'tail',
      layers: [
        layers.globalAveragePooling2d({ inputShape: [6, 6, 8] }),
        layers.dense({ units: 3, name: 'in-tail' }),
      ],
    });
    const apply = (layer: tf.layers.Layer, ...values: tf.SymbolicTensor[]) =>
      layer.apply(values.length === 1 ? (values[0] as tf.SymbolicTensor) : values) as tf.SymbolicTensor;
    const shared = layers.conv2d({ filters: 4, kernelSize: 1, name: 'shared' });
    const first = apply(shared, input);
    const second = apply(shared, apply(layers.reLU({}), input));
    const sum = apply(layers.add(), first, apply(layers.multiply(), second, first));
    const largest = apply(layers.maximum(), first, apply(layers.average(), second, sum));
    const both = apply(
      layers.concatenate(),
      apply(block as unknown as tf.layers.Layer, largest),
      apply(block as unknown as tf.layers.Layer, sum),
    );
    const model = tf.model({ inputs: input, outputs: apply(tail as unknown as tf.layers.Layer, both) });
    await expectSameAsTfjs(write(await saved(model)));
  });

  it('squeeze and excitation: one factor a channel', async () => {
    const input = tf.input({ shape: [5, 5, 4] });
    const squeezed = layers.globalAveragePooling2d({}).apply(input) as tf.SymbolicTensor;
    const gate = layers.dense({ units: 4, activation: 'sigmoid' }).apply(squeezed) as tf.SymbolicTensor;
    const placed = layers.reshape({ targetShape: [1, 1, 4] }).apply(gate) as tf.SymbolicTensor;
    const scaled = layers.multiply().apply([input, placed]) as tf.SymbolicTensor;
    const output = layers.globalAveragePooling2d({}).apply(scaled) as tf.SymbolicTensor;
    await expectSameAsTfjs(write(await saved(tf.model({ inputs: input, outputs: output }))));
  });

  it('output: the network ends at the layer of that name', async () => {
    const path = write(await saved(flattening()));
    const network = await expectSameAsTfjs(path, 'softmax', { output: 'head' });
    expect(network.classes).toBe(4);
  });

  it('output: what is behind that layer may be anything', async () => {
    const model = await saved(flattening());
    const original = write(model);
    const { config } = model.json.modelTopology;
    config.layers.push({ class_name: 'Lambda', config: { name: 'behind' } });
    const path = write(model);
    await expect(loadNetwork({ weights: path })).rejects.toThrow("unsupported operators: Lambda at 'behind'");
    await expectSameAsTfjs(path, 'softmax', { output: 'head', original });
  });
});

/** The topology as Keras 3 writes it: other names for shapes, wrapped types and tensors, weights below the model's name, depthwise ones as `kernel`. */
function asKeras3({ json, bytes }: { json: ModelJson; bytes: Buffer }) {
  const { config, class_name } = json.modelTopology;
  const renamed = config.layers.map(
    (layer: { class_name: string; config: Record<string, unknown>; inbound_nodes?: unknown[][][] }) => {
      const { batch_input_shape, activation, ...rest } = layer.config;
      return {
        module: 'keras.layers',
        class_name: layer.class_name,
        registered_name: null,
        config: {
          ...rest,
          dtype: {
            module: 'keras',
            class_name: 'DTypePolicy',
            config: { name: 'float32' },
            registered_name: null,
          },
          ...(batch_input_shape ? { batch_shape: batch_input_shape } : {}),
          ...(activation
            ? {
                activation: {
                  module: 'builtins',
                  class_name: 'function',
                  config: activation,
                  registered_name: 'function',
                },
              }
            : {}),
        },
        inbound_nodes: layer.inbound_nodes?.map((node) => ({
          args: node.length === 1 ? [tensorOf(node[0] as unknown[])] : [node.map(tensorOf)],
          kwargs: {},
        })),
      };
    },
  );
  const ends = (list?: unknown[][]) => list?.[0];
  const keras = {
    class_name: class_name === 'Model' ? 'Functional' : class_name,
    config: {
      ...config,
      layers: renamed,
      input_layers: ends(config.input_layers),
      output_layers: ends(config.output_layers),
    },
  };
  const depthwise = config.layers
    .filter((layer: { class_name: string }) => layer.class_name === 'DepthwiseConv2D')
    .map((layer: { config: { name: string } }) => `${layer.config.name}/depthwise_kernel`);
  const nameOf = (name: string) => (depthwise.includes(name) ? name.replace('depthwise_', '') : name);
  const weights =
    json.weightsManifest[0]?.weights.map((entry) => ({
      ...entry,
      name: `${config.name}/${nameOf(entry.name)}`,
    })) ?? [];
  return {
    json: {
      format: 'layers-model',
      modelTopology: { keras_version: '3.4.1', backend: 'tensorflow', model_config: keras },
      weightsManifest: [{ paths: ['weights.bin'], weights }],
    },
    bytes,
  };
}

const tensorOf = ([layer, call, tensor]: unknown[]) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null], dtype: 'float32', keras_history: [layer, call, tensor] },
});

describe('Keras 3, which TensorFlow.js itself does not read', () => {
  it('a sequential model', async () => {
    const model = await saved(flattening());
    await expectSameAsTfjs(write(asKeras3(model)), 'softmax', { original: write(model) });
  });

  it('layers that augment images while a network is trained do nothing', async () => {
    const model = await saved(flattening());
    const keras = asKeras3(model);
    keras.json.modelTopology.model_config.config.layers.splice(1, 0, {
      class_name: 'RandomFlip',
      config: { name: 'flip', mode: 'horizontal', seed: 3, data_format: 'channels_last' },
    });
    await expectSameAsTfjs(write(keras), 'softmax', { original: write(model) });
  });

  it('a functional model', async () => {
    const input = tf.input({ shape: [6, 6, 3], name: 'image' });
    const a = layers
      .conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu', name: 'a' })
      .apply(input);
    const b = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', name: 'b' }).apply(a);
    const c = layers.separableConv2d({ filters: 4, kernelSize: 2, padding: 'same', name: 'c' }).apply(b);
    const sum = layers.add({ name: 'sum' }).apply([a, c] as tf.SymbolicTensor[]);
    const flat = layers.flatten({ name: 'flat' }).apply(sum);
    const output = layers.dense({ units: 3, name: 'head' }).apply(flat) as tf.SymbolicTensor;
    const model = await saved(tf.model({ inputs: input, outputs: output }));
    await expectSameAsTfjs(write(asKeras3(model)), 'none', { original: write(model) });
  });
});
