import './telemetry.js';
import type { InstalledEngine } from './engine.js';
import { loadPackage, packageVersion } from './package.js';

const PACKAGE = 'onnxruntime-node';

const runtime = () => loadPackage('onnxruntime', PACKAGE, () => import('onnxruntime-node'));

/**
 * onnxruntime on the CPU, one thread a session: parallelism is worker threads (run() blocks its thread anyway), which
 * scales linearly.
 */
export const onnxruntime: InstalledEngine = {
  name: `${PACKAGE} ${packageVersion(PACKAGE)}`,
  async ready() {
    await runtime();
  },
  async load(graph, options = {}) {
    const { openSession } = await import('./session.js');
    return openSession({ runtime: await runtime(), provider: 'cpu', writesInto: true }, graph, options);
  },
};
