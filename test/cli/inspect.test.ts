import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeTree } from '../datasets/tree.js';
import { heatproof } from './heatproof.js';

const SAMPLE = resolve('datasets/sample/network.yaml');
const ONNX = resolve('datasets/sample/network.onnx');
const COMPOSITES = {
  mine: [{ match: { op: 'Conv', position: 'first' }, rule: 'flat' }, { use: 'middle' }],
  middle: [{ match: { name: '/12/*' }, rule: 'gamma-0.25', bias: false }, { use: 'epsilon-plus' }],
};

let folder: string;
beforeAll(() => {
  folder = makeTree({});
});

/** An experiment with composites of its own; returns its path. */
function experiment(name: string, more: object = {}): string {
  const path = join(folder, `${name}.yaml`);
  const dataset = { type: 'folder', root: '.' };
  writeFileSync(
    path,
    stringify({
      name,
      model: SAMPLE,
      dataset,
      composites: COMPOSITES,
      methods: ['random', 'mine'],
      ...more,
    }),
  );
  return path;
}

type Layers = { layers: { op: string; name: string; rule: string }[] };
const rulesOf = ({ layers }: Layers) =>
  layers.filter(({ op }) => op === 'Conv' || op === 'Gemm').map(({ rule }) => rule);

describe('inspect of an experiment', () => {
  it('shows which rule goes to which layer, by the first method with rules', async () => {
    const { code, stdout } = await heatproof(['inspect', experiment('one'), '--json']);
    const { method, networks } = JSON.parse(stdout);
    expect([code, method, networks.length]).toEqual([0, 'mine', 1]);
    const gamma = 'gamma-0.25, no bias';
    expect(rulesOf(networks[0])).toEqual(['flat', 'zplus', 'zplus', 'zplus', gamma, 'zplus', 'epsilon-1e-6']);
  });

  it('shows every network, by the method that is asked for', async () => {
    const preprocessing = { mean: 127.5, std: 64 };
    const model = [SAMPLE, { name: 'again', weights: ONNX, preprocessing }];
    const path = experiment('two', { model });
    const { stdout } = await heatproof(['inspect', path, '--method', 'middle']);
    expect(stdout).toMatch(/^sample: input .* rules of middle$/m);
    expect(stdout).toMatch(/^again: input .* rules of middle$/m);
    expect(stdout.match(/gamma-0\.25, no bias/g)).toHaveLength(2);
  });

  it('refuses a line that fits no layer, and names operators that come near', async () => {
    const wrong = (match: object) =>
      experiment('wrong', { composites: { mine: [{ match, rule: 'zplus' }] }, methods: ['mine'] });
    const ended = async (match: object, command: string[]) => {
      const { code, stderr } = await heatproof([...command, wrong(match)]);
      return [code, stderr.trim()];
    };
    expect(await ended({ op: 'Convolution' }, ['inspect'])).toEqual([
      2,
      `heatproof: config value (${join(folder, 'wrong.yaml')}, key composites.mine.0.match.op): expected an operator (did you mean 'Conv'?), got "Convolution"`,
    ]);
    expect(await ended({ name: '/12/Cnv' }, ['inspect'])).toEqual([
      2,
      "heatproof: line 1 of composite 'mine' (name /12/Cnv): expected a layer of sample that fits, got none: no layer has such a name (did you mean '/12/Conv'?); heatproof inspect lists them",
    ]);
  });
});

it('methods --rules lists what lines of composites may name', async () => {
  const { stdout } = await heatproof(['methods', '--rules']);
  expect(stdout).toMatch(/^gamma-<g> +\(z_ij/m);
  const rules = JSON.parse((await heatproof(['methods', '--rules', '--json'])).stdout);
  expect(rules).toContainEqual({
    rule: 'epsilon-<e>',
    meaning: 'z_ij / (z_j + e sign z_j)',
    options: ['bias'],
  });
});

it.each([
  ['lrp', "unknown method 'lrp': expected one of lrp-epsilon-<e>, lrp-alpha<a>-beta<b>, lrp-zplus, "],
  ['lrp-alpha2', "unknown method 'lrp-alpha2': expected one of lrp-epsilon-<e>, lrp-alpha<a>-beta<b>, "],
  ['epsilon', "unknown method 'epsilon': expected one of epsilon-plus, epsilon-plus-flat, "],
  ['lrp-zplsu', "unknown method 'lrp-zplsu' (did you mean 'lrp-zplus'?)"],
  ['lrp-zplus@/12/Cnv', "heatproof inspect` prints it, got '/12/Cnv' (did you mean '/12/Conv'?)"],
])('an unknown %s names what may have been meant', async (method, message) => {
  const { code, stderr } = await heatproof(['inspect', SAMPLE, '--method', method]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
