import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchReport } from '../../src/bench/bench.js';
import { toOnnx } from '../../src/onnx/encode.js';
import { type Ended, heatproof, heatproofHere } from '../cli/heatproof.js';
import { withoutNative } from '../engine/preloaded.js';
import { plain } from '../perturbation/networks.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PROTOTXT = `
input: "data" input_shape { dim: 1 dim: 3 dim: 24 dim: 24 }
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 8 kernel_size: 3 } }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "fc" type: "InnerProduct" bottom: "conv" top: "fc" inner_product_param { num_output: 4 } }
`;

describe('heatproof bench', () => {
  const out = join(folder, 'out');
  let ended: Ended;
  let report: BenchReport;

  beforeAll(async () => {
    writeFileSync(join(folder, 'small.prototxt'), PROTOTXT);
    const model = ['--model', join(folder, 'small.prototxt')];
    ended = await heatproof(['bench', ...model, '--quick', '--json', '--quiet', '--out', out]);
    report = JSON.parse(ended.stdout) as BenchReport;
  });

  it('prints one object and nothing else', () => {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(report.networks.map(({ name }) => name)).toEqual(['small']);
  });

  it.each([
    'forwardMs',
    'sensitivityForwards',
    'alphaBetaForwards',
    'epsilonPlusForwards',
    'attnlrpForwards',
    'fullStepsPerSecond',
    'stepsPerSecond',
    'incrementalSpeedup',
    'occlusionSpeedup',
    'workerScaling',
    'peakShare',
    'engineShare',
    'peakMemoryMB',
    'peakResidentMB',
  ] as const)('measures %s of every network', (key) => {
    for (const network of report.networks) {
      expect(network[key]).toBeGreaterThan(0);
      expect(Number.isFinite(network[key])).toBe(true);
    }
  });

  it('says what was measured', () => {
    expect(report.networks[0]).toMatchObject({
      inputShape: [3, 24, 24],
      multiplyAdds: 22 * 22 * 8 * (27 + 4),
      region: 9,
      steps: 4, // All regions of a grid of 2 x 2.
    });
    expect(report.effort).toMatchObject({ repeats: 1, steps: 10 });
    expect(report.machine.multiplyAddsPerSecond).toBeGreaterThan(1e8);
  });

  it('measures how cost grows: with images, steps, and input size where weights allow another one', () => {
    const { images, steps, sizes } = report.networks[0]?.growth ?? {};
    expect(images?.map(({ images }) => images)).toEqual([1, 2]);
    expect(steps?.map(({ steps }) => steps)).toEqual([1, 2, 4]);
    expect(sizes?.map(({ places }) => places)).toEqual([12, 18, 24, 30, 36].map((side) => side ** 2));
  });

  it('writes the numbers and charts', () => {
    expect(JSON.parse(readFileSync(join(out, 'bench.json'), 'utf8'))).toEqual(report);
    for (const name of ['cost-by-images', 'cost-by-steps', 'cost-by-size']) {
      expect(
        readFileSync(join(out, `${name}.png`))
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG');
      expect(existsSync(join(out, `${name}.svg`))).toBe(true);
    }
    const [title] = /<title>.*?<\/title>/.exec(readFileSync(join(out, 'cost-by-size.svg'), 'utf8')) ?? [];
    expect(title).toBe('<title>Cost by input size: small</title>');
  });
});

describe('bench --engine', () => {
  beforeAll(() => writeFileSync(join(folder, 'plain.onnx'), toOnnx(plain(1).graph)));

  it('measures that engine, everywhere; a network that takes one size of input at that', async () => {
    const args = ['bench', '--model', join(folder, 'plain.onnx'), '--engine', 'wasm', '--quick', '--json'];
    const { code, stdout } = await heatproof([...args, '--quiet'], { env: withoutNative('glibc') });
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as BenchReport;
    expect(report.engine).toMatch(/^onnxruntime-web .* wasm$/);
    const [network] = report.networks;
    expect(network).toMatchObject({ name: 'plain', inputShape: [3, 33, 30], region: 9, steps: 9 });
    expect(network?.engineShare).toBeGreaterThan(0);
    expect(network?.growth.steps.map(({ steps }) => steps)).toEqual([1, 2, 5, 9]);
    expect(network?.growth.sizes.map(({ places }) => places)).toEqual([33 * 30]);
  });

  it('ends in one line where the engine does not load', async () => {
    const args = ['bench', '--model', join(folder, 'plain.onnx'), '--quick'];
    const { code, stderr, stdout } = await heatproof(args, { env: withoutNative('glibc') });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^heatproof: engine onnxruntime .*--engine wasm.*\n$/);
  });
});

describe('bad use', () => {
  it.each([
    [['--model', 'missing.onnx'], 'missing.onnx'],
    [['--model', 'a.onnx', '--prototxt', 'b.prototxt'], '--prototxt: expected one a .caffemodel (0), got 1'],
  ])('%j', async (args, message) => {
    const { code, stderr } = await heatproofHere(['bench', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
