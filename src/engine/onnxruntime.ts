import './telemetry.js';
import type { InstalledEngine } from './engine.js';
import { loadPackage, withVersion } from './package.js';

const PACKAGE = 'onnxruntime-node';

const NEEDED = {
  engine: 'onnxruntime',
  name: PACKAGE,
  wayOut: "'--engine wasm' (npm install onnxruntime-web) runs everywhere, more slowly",
};

/** Windows removes no file that is mapped. */
const MAPS_FILES = process.platform !== 'win32';

const runtime = () => loadPackage(NEEDED, () => import('onnxruntime-node'));

/**
 * onnxruntime on the CPU, one thread a session: parallelism is worker threads (run() blocks its thread anyway), which
 * scales linearly.
 */
export const onnxruntime: InstalledEngine = {
  name: withVersion(PACKAGE),
  async ready() {
    await runtime();
  },
  async load(graph, options = {}) {
    const { openSession } = await import('./session.js');
    const build = {
      runtime: await runtime(),
      provider: 'cpu',
      writesInto: true,
      mapsFiles: MAPS_FILES,
    } as const;
    return openSession(build, graph, options);
  },
};
