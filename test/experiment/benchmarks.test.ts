import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { loadExperiment } from '../../src/experiment/config.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { listMethods } from '../../src/explain/methods.js';
import { loadNetwork } from '../../src/import/network.js';
import { hasShared, needsShared, shared } from '../shared.js';

const FOLDER = 'configs/benchmark';

const compiling: Engine = {
  name: 'none',
  load: async () => ({ run: async () => ({}), release: async () => {} }),
};

beforeAll(() => {
  vi.stubEnv('HEATPROOF_MODELS', shared('models'));
  vi.stubEnv('ILSVRC_ROOT', shared('datasets', 'ILSVRC2012'));
});
afterAll(() => vi.unstubAllEnvs());

/** Benchmarks of networks that are part of the project; others need those that are shared. */
const FILES = readdirSync(FOLDER).filter((file) => hasShared || !file.startsWith('googlenet'));

test.each(FILES)(`%s: every method fits its network${needsShared}`, async (file) => {
  const { methods, composites, networks } = await loadExperiment(join(FOLDER, file));
  const { weights, prototxt } = networks[0] as (typeof networks)[number];
  const network = await loadNetwork({ weights, ...(prototxt !== undefined && { prototxt }) });
  const set = await createExplainers(compiling, network, methods, {
    ...(composites && { composites }),
    low: [-2],
    high: [2],
    references: [],
  });
  expect(set.methods.map(({ id }) => id)).toEqual(methods);
});

test('all-methods has every method for networks of convolutions', async () => {
  const { methods, composites = {} } = await loadExperiment(join(FOLDER, 'all-methods.yaml'));
  const asked = new Set(
    methods.map((name) =>
      'id' in (composites[name] ?? {}) ? (composites[name] as { id: string }).id : name,
    ),
  );
  const pooled = /-(l2|linf)$/;
  const elsewhere =
    /^(attnlrp|cp-lrp|raw-attention|attention-rollout|chefer|file:|lrp-(epsilon|alpha|gamma))/;
  const missing = listMethods()
    .map(({ id }) => id)
    .filter((id) => !pooled.test(id) && !elsewhere.test(id) && !asked.has(id) && !asked.has(`${id}-l2`));
  expect(missing).toEqual([]);
});
