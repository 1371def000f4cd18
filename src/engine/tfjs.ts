import type { InstalledEngine } from './engine.js';
import { loadPackage, packageVersion, withVersion } from './package.js';

const CORE = '@tensorflow/tfjs-core';

/** What TensorFlow.js computes with, the fastest first. */
const BACKENDS = [
  { name: 'tensorflow', package: '@tensorflow/tfjs-node' },
  { name: 'wasm', package: '@tensorflow/tfjs-backend-wasm' },
  { name: 'cpu', package: '@tensorflow/tfjs-backend-cpu' },
] as const;

const WASM = BACKENDS[1];

/** The first one that is installed. */
const BACKEND = BACKENDS.find(({ package: name }) => packageVersion(name) !== undefined) ?? WASM;

async function sessions() {
  const wayOut = `npm install ${CORE} ${WASM.package}`;
  return await loadPackage({ engine: 'tfjs', name: `${CORE} with ${BACKEND.package}`, wayOut }, async () => {
    const tf = await import('@tensorflow/tfjs-core');
    // Without what it prints for those who develop with it.
    tf.env().set('PROD', true);
    await import(BACKEND.package);
    if (!(await tf.setBackend(BACKEND.name))) throw new Error(`backend ${BACKEND.name} does not start`);
    return await import('./tfjs/session.js');
  });
}

/**
 * TensorFlow.js, by whatever backend is installed. It computes our graphs operator by operator, in kernels that share
 * nothing with onnxruntime's: a second opinion on every number, not a fast one.
 */
export const tfjs: InstalledEngine = {
  name: `${withVersion(CORE)} on ${withVersion(BACKEND.package)}`,
  async ready() {
    await sessions();
  },
  async load(graph) {
    return (await sessions()).openSession(graph);
  },
};
