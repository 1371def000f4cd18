import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type io, tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, expect } from 'vitest';
import { sizeOf } from '../../../src/graph/tensor.js';
import { loadNetwork, type Network, type NetworkFiles } from '../../../src/import/network.js';
import { logitsOf, noise } from '../support.js';
import { type ModelJson, runTfjs } from './original.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-tfjs-'));
let models = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes model.json and files beside it; returns the path of model.json. */
export function writeModel(json: unknown, shards: Readonly<Record<string, Uint8Array>>): string {
  const path = join(folder, String(models++));
  mkdirSync(path);
  writeFileSync(join(path, 'model.json'), typeof json === 'string' ? json : JSON.stringify(json));
  for (const [name, bytes] of Object.entries(shards)) writeFileSync(join(path, name), bytes);
  return join(path, 'model.json');
}

const require = createRequire(import.meta.url);

/** A network out of nsfwjs, whose models are scripts that hold model.json and base64. */
export function nsfwjs(name: string): string {
  const models = join(require.resolve('nsfwjs'), '..', '..', 'models');
  const part = (file: string) => {
    const script = require(join(models, name, file));
    return script.default ?? script;
  };
  const json = part('model.min.js') as ModelJson;
  const names = json.weightsManifest.flatMap(({ paths }) => paths);
  const shards = names.map((shard) => [shard, Buffer.from(part(`${shard}.min.js`), 'base64')]);
  return writeModel(json, Object.fromEntries(shards));
}

/** What a model of TensorFlow.js saves, with weights that do not depend on chance. */
export async function saved(model: LayersModel): Promise<{ json: ModelJson; bytes: Buffer }> {
  // Lists hold variances, too, which are positive.
  const weights = model.getWeights().map(({ shape }, i) => {
    const values = noise(sizeOf(shape), i + 1).map((x) => (shape.length === 1 ? 0.6 + x / 2 : x / 2));
    return tensor(values, shape);
  });
  model.setWeights(weights);
  let artifacts: io.ModelArtifacts | undefined;
  await model.save({
    save: async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    },
  });
  const { modelTopology, weightSpecs, weightData } = artifacts as io.ModelArtifacts;
  const json = {
    format: 'layers-model',
    modelTopology: JSON.parse(JSON.stringify(modelTopology)),
    weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs ?? [] }],
  };
  return { json, bytes: Buffer.from(weightData as ArrayBuffer) };
}

/** A node of a GraphDef; `attr` as the file has it. */
export interface NodeJson {
  name: string;
  op: string;
  input?: string[];
  attr?: Record<string, unknown>;
}

export const ints = (...i: number[]) => ({ list: { i: i.map(String) } });
export const text = (s: string) => ({ s: Buffer.from(s).toString('base64') });
export const texts = (...s: string[]) => ({
  list: { s: s.map((one) => Buffer.from(one).toString('base64')) },
});
const FLOAT = { type: 'DT_FLOAT' };

interface Weight {
  shape: readonly number[];
  data: ArrayLike<number>;
  dtype?: 'float32' | 'int32';
}

/** A GraphModel that reads 'x' of shape [batch, ...sample] (channels last), its nodes and the constants that they read. */
export function graphModel(
  sample: readonly number[],
  nodes: readonly NodeJson[],
  constants: Readonly<Record<string, Weight>>,
): { json: ModelJson; bytes: Buffer } {
  const entries = Object.entries(constants);
  const dim = [-1, ...sample].map((size) => ({ size: String(size) }));
  const node = [
    { name: 'x', op: 'Placeholder', attr: { dtype: FLOAT, shape: { shape: { dim } } } },
    ...entries.map(([name, { shape, dtype }]) => ({
      name,
      op: 'Const',
      attr: {
        dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' },
        value: {
          tensor: {
            dtype: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT',
            tensorShape: { dim: shape.map((size) => ({ size: String(size) })) },
          },
        },
      },
    })),
    ...nodes.map((one) => ({ ...one, attr: { T: FLOAT, ...one.attr } })),
  ];
  const weights = entries.map(([name, { shape, dtype = 'float32' }]) => ({ name, shape: [...shape], dtype }));
  const bytes = entries.map(([, { data, dtype }]) =>
    Buffer.from((dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data)).buffer),
  );
  const json = {
    format: 'graph-model',
    modelTopology: { node, versions: { producer: 1 }, library: {} },
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  };
  return { json, bytes: Buffer.concat(bytes) };
}

/** A constant of made numbers. */
export const weight = (shape: readonly number[], seed = 1): Weight => ({
  shape,
  data: noise(sizeOf(shape), seed).map((x) => x / 2),
});

export const list = (...data: number[]): Weight => ({ shape: [data.length], data, dtype: 'int32' });

export const write = ({ json, bytes }: { json: ModelJson; bytes: Buffer }) =>
  writeModel(json, { 'weights.bin': bytes });

/** What stands at the end of a network, which heatproof leaves out. */
const ENDS = {
  none: (logits: readonly number[]) => [...logits],
  sigmoid: (logits: readonly number[]) => logits.map((x) => 1 / (1 + Math.exp(-x))),
  softmax: (logits: readonly number[]) => {
    const largest = Math.max(...logits);
    const powers = logits.map((x) => Math.exp(x - largest));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((x) => x / sum);
  },
};

/** Loads a model.json and asserts that it computes what TensorFlow.js computes from `original` (the same by default). */
export async function expectSameAsTfjs(
  path: string,
  end: keyof typeof ENDS = 'none',
  { original = path, ...files }: Partial<NetworkFiles> & { original?: string } = {},
): Promise<Network> {
  const network = await loadNetwork({ weights: path, ...files });
  const size = sizeOf(network.inputShape);
  const input = noise(2 * size).map((x) => (x + 1) / 2);
  const expected = await runTfjs(original, network.inputShape, input, files.output);
  const logits = await logitsOf(network.graph, input);
  const { classes } = network;
  const actual = [0, 1].flatMap((k) =>
    ENDS[end](Array.from(logits.subarray(k * classes, (k + 1) * classes))),
  );
  expect(expected).toHaveLength(actual.length);
  const largest = Math.max(1, ...expected.map(Math.abs));
  for (const [i, value] of actual.entries()) {
    expect(Math.abs(value - (expected[i] as number)) / largest).toBeLessThan(1e-5);
  }
  return network;
}
