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

/** Methods that all-methods leaves out, and why. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'their rules are for attention': ['attnlrp', 'attnlrp-gamma', 'cp-lrp', 'cp-lrp-gamma'],
  'the network has no attention': ['raw-attention', 'attention-rollout', 'chefer-generic'],
  'made elsewhere': ['file:<dir>'],
};

test('all-methods has every method, or one pooling of it, but for those with a reason', async () => {
  const { methods, composites = {} } = await loadExperiment(join(FOLDER, 'all-methods.yaml'));
  const asked = methods.map((name) => {
    const own = composites[name] ?? {};
    return 'id' in own ? String(own.id) : name;
  });
  const isAsked = (form: string) => {
    const pattern = new RegExp(`^${form.replaceAll('+', '\\+').replaceAll(/<\w>/g, '[\\d.]+')}(-l2|-linf)?$`);
    return asked.some((id) => pattern.test(id));
  };
  const missing = listMethods()
    .map(({ id }) => id)
    .filter((form) => !isAsked(form) && !isAsked(form.replace(/-(l2|linf)$/, '')));
  expect(new Set(missing)).toEqual(new Set(Object.values(LEFT_OUT).flat()));
});
