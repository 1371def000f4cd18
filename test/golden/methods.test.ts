import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { tfjs } from '../../src/engine/tfjs.js';
import { wasm } from '../../src/engine/wasm.js';
import { createExplainers, type Explained } from '../../src/explain/explainer.js';
import { sumOverChannels } from '../../src/explain/heatmap.js';
import { readNpy } from '../../src/files/npy.js';
import { loadNetwork, type Network } from '../../src/import/network.js';
import { relativeError } from '../explain/networks.js';
import { hasShared, needsShared, shared } from '../shared.js';

interface Case {
  target: number;
  logit: number;
  methods: Record<string, { shape: number[]; start: 'logit' | 'one' }>;
}

type Index = Record<string, Record<string, Case>>;

const readIndex = (name: string): Index =>
  hasShared ? JSON.parse(readFileSync(shared('golden', name), 'utf8')) : {};

/**
 * Where a case's heatmap lies. The tool behind `golden` takes ReLU6 for no ReLU, so that its guided backprop of mobilenet
 * is the plain gradient, and so is its deconvnet; `golden-methods` has the guided one.
 */
function fileOf(folder: string, id: string, method: string): string | undefined {
  if (folder !== 'mobilenet') return shared('golden', folder, `${id}.${method}.npy`);
  if (method === 'deconvnet') return undefined;
  const from = method === 'guided-backprop' ? 'golden-methods' : 'golden';
  return shared(from, folder, `${id}.${method}.npy`);
}

/** Every method of a golden case, relative L2 error by method. */
async function errors(
  engine: Engine,
  network: Network,
  folder: string,
  cases: Record<string, Case>,
  low: number[],
  high: number[],
): Promise<Record<string, number>> {
  const worst: Record<string, number> = {};
  const ids = Object.keys(Object.values(cases)[0]?.methods ?? {});
  const set = await createExplainers(engine, network, ids, { low, high, batch: 2 });
  const requests = Object.entries(cases).map(([id, { target }]) => ({
    id,
    target,
    input: readNpy(shared('golden', folder, `${id}.input.npy`)).data,
  }));
  const results = await set.explain(requests);
  await set.release();
  ids.forEach((method, m) => {
    requests.forEach(({ id, target }, r) => {
      const explained = (results[m] as Explained[])[r] as Explained;
      const { relevance, logits } = explained;
      const file = fileOf(folder, id, method);
      if (file === undefined) return;
      const expected = readNpy(file).data;
      const summed = expected.length === relevance.length ? relevance : sumOverChannels(explained);
      worst[method] = Math.max(worst[method] ?? 0, relativeError(summed, expected));
      expect(logits[target]).toBeCloseTo(cases[id]?.logit as number, 3);
    });
  });
  return worst;
}

function expectAgreement(worst: Record<string, number>): void {
  if (process.env.HEATPROOF_PRINT) console.table(worst);
  for (const [method, error] of Object.entries(worst)) {
    expect(error, method).toBeLessThan(method === 'lrp-epsilon-0.01' ? 1e-3 : 1e-4);
  }
}

describe.skipIf(!hasShared)(`golden explanations${needsShared}`, () => {
  describe.each(Object.entries({ onnxruntime, wasm, tfjs }))('on %s', (_, engine) => {
    it.each(Object.entries(readIndex('index-mini.json')))('%s', async (name, cases) => {
      const network = await loadNetwork({ weights: shared('golden', name, 'model.onnx') });
      expectAgreement(await errors(engine, network, name, cases, [-1], [1]));
    });
  });

  it.each(Object.entries(readIndex('index-real.json')))('%s', async (name, cases) => {
    const network = await loadNetwork({
      weights: shared('models', name, `${name}.caffemodel`),
      prototxt: shared('models', name, 'deploy.prototxt'),
    });
    const mean = [104, 117, 123];
    const worst = await errors(onnxruntime, network, name, cases, mean.map((m) => -m), mean.map((m) => 255 - m)); // biome-ignore format: one line
    expectAgreement(worst);
  });
});
