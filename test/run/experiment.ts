import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeNpy } from '../../src/files/npy.js';
import type { Graph } from '../../src/graph/graph.js';
import { sizeOf } from '../../src/graph/tensor.js';
import { toOnnx } from '../../src/onnx/encode.js';
import { randomStream } from '../../src/random.js';

/**
 * Writes an experiment on arrays: the network as ONNX, the inputs as .npy files named by id, and the config.
 * Returns the config's path. `config` replaces keys of it.
 */
export function writeExperiment(
  folder: string,
  graph: Graph,
  inputs: Readonly<Record<string, Float32Array>>,
  config: Readonly<Record<string, unknown>>,
): string {
  const shape = graph.inputs[0]?.shape.slice(1) ?? [];
  mkdirSync(join(folder, 'inputs'), { recursive: true });
  writeFileSync(join(folder, 'network.onnx'), toOnnx(graph));
  for (const [id, input] of Object.entries(inputs)) {
    writeFileSync(join(folder, 'inputs', `${id}.npy`), writeNpy(shape, input));
  }
  const path = join(folder, 'experiment.yaml');
  const common = {
    name: 'tiny',
    model: { weights: 'network.onnx' },
    dataset: { type: 'tensors', root: 'inputs' },
    heatmaps: 0,
  };
  writeFileSync(path, stringify({ ...common, ...config }));
  return path;
}

/** Seeded normal inputs a, b, c... */
export function randomInputs(count: number, shape: readonly number[]): Record<string, Float32Array> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      String.fromCharCode(97 + i),
      randomStream('inputs', i).normals(sizeOf(shape)),
    ]),
  );
}
