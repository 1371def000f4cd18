import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-wasm';

await tf.setBackend('wasm');

export interface ModelJson {
  format?: string;
  // biome-ignore lint/suspicious/noExplicitAny: files hold anything
  modelTopology: any;
  weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
  signature?: object;
  userDefinedMetadata?: { signature?: object };
}

/**
 * What TensorFlow.js computes from a model.json; `input` is [batch, ...sample] with channels first, as the output is.
 * @param output the one of several outputs of a GraphModel
 */
export async function runTfjs(
  path: string,
  sample: readonly number[],
  input: Float32Array,
  output?: string,
): Promise<Float32Array> {
  const json = JSON.parse(readFileSync(path, 'utf8')) as ModelJson;
  const shards = json.weightsManifest.flatMap(({ paths }) =>
    paths.map((shard) => readFileSync(join(dirname(path), shard))),
  );
  const signature = json.signature ?? json.userDefinedMetadata?.signature;
  const handler: tf.io.IOHandler = {
    load: async () => ({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest.flatMap(({ weights }) => weights),
      weightData: new Uint8Array(Buffer.concat(shards)).buffer,
      ...(signature && { signature }),
    }),
  };
  const model = json.modelTopology.node ? await loadGraphModel(handler) : await loadLayersModel(handler);
  const batch = input.length / sample.reduce((a, b) => a * b, 1);
  const rank = sample.length + 1;
  const last = Array.from({ length: rank }, (_, i) => (i === 0 ? 0 : i === rank - 1 ? 1 : i + 1));
  const result = tf.tidy(() => {
    const x = tf.tensor(input, [batch, ...sample]);
    const turned = rank > 2 ? tf.transpose(x, last) : x;
    const named = output !== undefined && model instanceof GraphModel;
    const result = named ? model.execute(turned, output) : model.predict(turned);
    return result as tf.Tensor;
  });
  const numbers = await result.data<'float32'>();
  result.dispose();
  model.dispose();
  return numbers;
}
