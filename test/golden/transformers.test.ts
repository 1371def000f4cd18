import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers, type Explained } from '../../src/explain/explainer.js';
import { readNpy } from '../../src/files/npy.js';
import { loadNetwork } from '../../src/import/network.js';
import { relativeError } from '../explain/networks.js';
import { hasShared, needsShared, shared } from '../shared.js';

interface Case {
  target: number;
  methods: Record<string, { strict?: number; tolerance: number }>;
}

interface Index {
  nets: Record<
    string,
    { inputs: Record<string, unknown>; models: Record<string, { file: string }>; cases: Record<string, Case> }
  >;
}

const index: Index = hasShared
  ? JSON.parse(readFileSync(shared('golden-transformers', 'index.json'), 'utf8'))
  : { nets: {} };

/** The methods that are compiled without stabilisers, and derivatives. */
const METHODS = ['attnlrp', 'attnlrp-gamma', 'cp-lrp', 'cp-lrp-gamma', 'gradient', 'gradient-x-input'];

/** Networks of one float input; every file of one network is the same function. */
const FILES = Object.entries(index.nets)
  .filter(([, { inputs }]) => 'input' in inputs)
  .flatMap(([net, { models, cases }]) => Object.values(models).map(({ file }) => ({ net, file, cases })));

describe.skipIf(!hasShared)(`golden explanations of transformers${needsShared}`, () => {
  it.each(FILES)('$net $file', async ({ net, file, cases }) => {
    const golden = (name: string) => readNpy(shared('golden-transformers', net, name)).data;
    const network = await loadNetwork({ weights: shared('golden-transformers', net, file) });
    const set = await createExplainers(onnxruntime, network, METHODS, { batch: 2 });
    const requests = Object.entries(cases).map(([id, { target }]) => ({
      id,
      target,
      input: golden(`${id}.input.npy`),
    }));
    const results = await set.explain(requests);
    const explained = (method: number, request: number) =>
      (results[method] as Explained[])[request] as Explained;
    await set.release();
    requests.forEach(({ id }, r) => {
      const logits = golden(`${id}.logits.npy`);
      expect(relativeError(explained(0, r).logits, logits)).toBeLessThan(1e-5);
      METHODS.forEach((method, m) => {
        const { relevance } = explained(m, r);
        const limit = `${method}.limit`;
        const isLimit = existsSync(shared('golden-transformers', net, `${id}.${limit}.npy`));
        const name = isLimit ? limit : method;
        const { strict, tolerance } = (cases[id] as Case).methods[name] as Case['methods'][string];
        const error = relativeError(relevance, golden(`${id}.${name}.npy`));
        expect(error, `${id}.${name}`).toBeLessThan(strict ?? tolerance);
      });
    });
  });
});
