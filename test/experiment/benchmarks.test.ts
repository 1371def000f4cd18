import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { loadExperiment } from '../../src/experiment/config.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { listMethods } from '../../src/explain/methods.js';
import { loadNetwork } from '../../src/import/network.js';

const FOLDER = 'configs/benchmark';

const compiling: Engine = {
  name: 'none',
  load: async () => ({ run: async () => ({}), release: async () => {} }),
};

test.each(readdirSync(FOLDER))('%s: every method fits its network', async (file) => {
  const { methods, composites, networks } = await loadExperiment(join(FOLDER, file));
  const network = await loadNetwork({ weights: networks[0]?.weights as string });
  const set = await createExplainers(compiling, network, methods, {
    ...(composites && { composites }),
    low: [-2],
    high: [2],
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
