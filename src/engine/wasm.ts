import './telemetry.js';
import type { InstalledEngine } from './engine.js';
import { loadPackage, withVersion } from './package.js';

const PACKAGE = 'onnxruntime-web';

async function runtime() {
  const needed = { engine: 'wasm', name: PACKAGE, wayOut: `npm install ${PACKAGE}` };
  const ort = await loadPackage(needed, () => import('onnxruntime-web'));
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  return ort;
}

/**
 * onnxruntime in WebAssembly, whose arithmetic is the same on every processor. It runs wherever Node.js does, more
 * slowly. One thread a session.
 */
export const wasm: InstalledEngine = {
  name: `${withVersion(PACKAGE)} wasm`,
  async ready() {
    await runtime();
  },
  async load(graph, options = {}) {
    const { openSession } = await import('./session.js');
    return openSession(
      { runtime: await runtime(), provider: 'wasm', writesInto: false, mapsFiles: false },
      graph,
      options,
    );
  },
};
