import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import { NetworkBuilder } from '../explain/networks.js';
import { writeExperiment } from '../run/experiment.js';
import { builtHere } from './heatproof.js';

/** Two pixels into one dense layer: z = [19, 22] at x = [5, 7]. */
const WEIGHTS = [[1, 2], [3, 1]]; // biome-ignore format: a matrix
const INPUTS = { a: Float32Array.of(5, 7), b: Float32Array.of(1, 2) };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof unbounded-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the experiment and runs it; returns what run.json says of a method. */
async function definitionOf(method: string, name: string, model: unknown) {
  const build = new NetworkBuilder([1, 1, 2]);
  const graph = build.build(build.gemm(build.reshape(build.input, [2]), WEIGHTS));
  const config = writeExperiment(join(folder, name), graph, INPUTS, { model, methods: [method] });
  const out = join(folder, name, 'out');
  const { code, stderr } = await builtHere(['run', config, '--out', out, '--workers', '1', '--quiet']);
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).definition.methods[method];
}

const firstRule = (definition: { rules: { rule: string }[] }) => definition.rules[0]?.rule;

const bare = { name: 'bare', weights: 'network.onnx' };
const ranged = { name: 'ranged', weights: 'network.onnx', preprocessing: { channels: 'grey' } };

describe('deep Taylor where nothing says the range of the input', () => {
  it('is w^2 in run.json, and in what runs', async () => {
    expect(firstRule(await definitionOf('deep-taylor', 'one', bare))).toBe('wsquare');
    const network = join(folder, 'one', 'network.onnx');
    const input = join(folder, 'one', 'inputs', 'a.npy');
    const explain = async (...range: string[]) => {
      const out = join(folder, 'explained');
      const options = ['--method', 'deep-taylor', '--target', '0', '--out', out, ...range];
      expect((await builtHere(['explain', '--model', network, '--input', input, ...options])).code).toBe(0);
      return Array.from(readNpy(join(out, 'a.deep-taylor.npy')).data);
    };
    // w^2 = 1 and 4 share 19; with inputs of 0 to 10, x w - 0 w+ - 10 w- = 5 and 14 do.
    const close = (expected: number[]) => expected.map((value) => expect.closeTo(value, 4));
    expect(await explain()).toEqual(close([19 / 5, (4 * 19) / 5]));
    expect(await explain('--low', '0', '--high', '10')).toEqual(close([5, 14]));
  });

  it('is w^2 in inspect, and zB for a network with preprocessing', async () => {
    await definitionOf('random', 'inspected', bare);
    const descriptor = join(folder, 'inspected', 'ranged.yaml');
    writeFileSync(descriptor, JSON.stringify(ranged));
    const rules = async (model: string) => {
      const { stdout } = await builtHere(['inspect', model, '--method', 'deep-taylor', '--json']);
      const layers: { op: string; rule: string }[] = JSON.parse(stdout).layers;
      return layers.filter(({ op }) => op === 'Gemm').map(({ rule }) => rule);
    };
    expect(await rules(join(folder, 'inspected', 'network.onnx'))).toEqual(['wsquare']);
    expect(await rules(descriptor)).toEqual(['zbox']);
  });

  it('is named by network where networks differ in it', async () => {
    const { networks } = await definitionOf('deep-taylor', 'two', [bare, ranged]);
    expect(firstRule(networks.bare)).toBe('wsquare');
    expect(firstRule(networks.ranged)).toBe('zbox');
    expect(firstRule(await definitionOf('lrp-zplus', 'alike', [bare, ranged]))).toBe('zplus');
  });
});

it('half a range is refused', async () => {
  await definitionOf('random', 'half', bare);
  const [model, input] = [join(folder, 'half', 'network.onnx'), join(folder, 'half', 'inputs', 'a.npy')];
  const { code, stderr } = await builtHere(
    ['explain', '--model', model, '--input', input, '--method', 'lrp-zplus', '--low', '0', '--out', folder], // biome-ignore format: one command
  );
  expect([code, stderr]).toEqual([
    2,
    'heatproof: range of the network input: expected low and high, got low alone\n',
  ]);
});
