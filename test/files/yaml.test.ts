import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { experimentSchema } from '../../src/experiment/config.js';
import { readYaml, validate } from '../../src/files/yaml.js';
import { parseYaml } from '../../src/files/yaml-document.js';
import { makeTree } from '../datasets/tree.js';

describe('readYaml', () => {
  const root = makeTree({});
  const read = (text: string) => {
    const path = join(root, 'config.yaml');
    writeFileSync(path, text);
    return readYaml(path);
  };
  afterEach(() => vi.unstubAllEnvs());

  it('fills in variables, quoted or not, inside braces or not', async () => {
    vi.stubEnv('DATA', '/data: #1');
    const wanted = { root: '/data: #1', below: '/data: #1/val', both: '/data: #1/data: #1' };
    expect(await read(`{root: \${DATA}, below: \${DATA}/val, both: "\${DATA}\${DATA}"}`)).toEqual(wanted);
    expect(await read(`root: \${DATA}\nbelow: '\${DATA}/val'\nboth: \${DATA}\${DATA}\n`)).toEqual(wanted);
  });

  it('names a variable that is not set, and shows the line that is no YAML as it stands', async () => {
    vi.stubEnv('DATA', '');
    await expect(read(`root: \${DATA}`)).rejects.toThrow(
      `environment variable DATA (${join(root, 'config.yaml')}): expected a value, got nothing set`,
    );
    await expect(read(`root: {a: \${DATA}`)).rejects.toThrow(/expected YAML, got .* root: \{a: \$\{DATA\}/);
  });
});

it('says in a short line that a file is no text', () => {
  const network = readFileSync('datasets/sample/network.onnx', 'utf8');
  const refused = () => parseYaml(network, 'config file', 'network.onnx');
  expect(refused).toThrow(/^config file \(network\.onnx\): expected YAML, got .{10,400}$/);
});

describe('validate', () => {
  const config = { name: 'x', model: 'net.yaml', dataset: { type: 'voc', root: 'a' }, methods: ['random'] };
  const check = (changes: object) => () => validate(experimentSchema, { ...config, ...changes }, 'x.yaml');

  it.each([
    [{ model: undefined, modle: 'a' }, "unknown key 'modle' (x.yaml) (did you mean 'model'?)"],
    [
      { dataset: { type: 'voc', rot: 'a' } },
      "unknown key 'rot' (x.yaml, key dataset) (did you mean 'root'?)",
    ],
    [{ model: undefined }, 'config value (x.yaml, key model): expected string, got nothing'],
    [{ methods: 'random' }, 'config value (x.yaml, key methods): expected array, got "random"'],
    [
      { dataset: { type: 'voc2', root: 'a' } },
      "config value (x.yaml, key dataset.type): expected 'ilsvrc2012' | 'voc' | 'folder' | 'tensors' | 'signals' | 'text', got \"voc2\"",
    ],
    [
      { statistics: { interval: 'bcaa' } },
      'config value (x.yaml, key statistics.interval): expected one of "bca" | "percentile", got "bcaa" (did you mean \'bca\'?)',
    ],
  ])('says of %j in a line what is wrong', (changes, message) => {
    expect(check(changes)).toThrow(message);
  });
});
