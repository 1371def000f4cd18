import { describe, expect, it } from 'vitest';
import type { Network } from '../../src/import/network.js';
import { hasShared, needsShared } from '../shared.js';
import { expectGolden, explainCase, GOLDEN, type GoldenCase, goldenNetwork } from './golden-methods.js';

const MAPS = ['grad-cam', 'grad-cam++', 'layer-cam', 'hires-cam', 'xgrad-cam'];

/** The layers of the references: tag by name of a layer. */
const LAYERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'vgg-bn': { '@alt': '/9/Relu_output_0' },
  'inception-lrn': { '@alt': '/5/Concat' },
  'group-dilated': { '@alt': '/5/Relu' },
  'squeezenet_v1.1': { '@fire9-concat': 'fire9/concat' },
};

async function compare(network: Network, name: string, golden: GoldenCase): Promise<void> {
  const tags = Object.entries({ '': '', ...LAYERS[name] });
  const wanted = tags.flatMap(([tag, layer]) =>
    MAPS.map((method) => ({ method: layer ? `${method}@${layer}` : method, name: method, tag })),
  );
  const known = Object.keys(golden.methods);
  const asked = wanted.filter(({ name, tag }) =>
    known.some((key) => key.startsWith(`${name}.raw${tag}`) || key.startsWith(`${name}${tag}.raw`)),
  );
  const guided = tags.map(([tag, layer]) => ({
    name: `guided-grad-cam${tag}`,
    method: layer ? `guided-grad-cam@${layer}` : 'guided-grad-cam',
  }));
  guided.push({ name: 'guided-backprop', method: 'guided-backprop' });
  const ids = [...asked, ...guided].map(({ method }) => method);
  const found = await explainCase(network, golden, ids);
  const computed = new Map<string, ArrayLike<number>>();
  asked.forEach(({ name, tag }, i) => {
    const { inner, relevance } = found[i] as (typeof found)[number];
    computed.set(`${name}${tag}.raw`, inner?.relevance ?? []);
    computed.set(`${name}${tag}.up`, relevance);
  });
  guided.forEach(({ name }, i) => {
    computed.set(name, found[asked.length + i]?.relevance ?? []);
  });
  for (const key of computed.keys()) if (!golden.methods[key]) computed.delete(key);
  expect(computed.size).toBeGreaterThan(10);
  expectGolden(golden, computed);
}

describe.skipIf(!hasShared)(`class activation maps${needsShared}`, () => {
  it.each(GOLDEN)('%s', async (name, cases) => {
    const network = await goldenNetwork(name);
    for (const golden of Object.values(cases)) await compare(network, name, golden);
  });
});
