import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { alongLines } from '../../src/explain/attributions/integrated-gradients.js';
import { gradientMoments } from '../../src/explain/attributions/noisy.js';
import { GRADIENT_OUTPUT, Passes } from '../../src/explain/attributions/passes.js';
import { PATH_RULES } from '../../src/explain/attributions/path-rules.js';
import { GRADIENT } from '../../src/explain/composites.js';
import type { MethodSettings } from '../../src/explain/own-methods.js';
import { hasShared, needsShared } from '../shared.js';
import {
  blackOf,
  drawsOf,
  expectGolden,
  explainCase,
  GOLDEN,
  type GoldenCase,
  given,
  goldenNetwork,
  inputOfCase,
  isReal,
  withPasses,
} from './golden-methods.js';

/** Settings of a reference, from its name: `integrated-gradients.zero.midpoint-50`. */
function settingsOf(name: string): MethodSettings | undefined {
  const [id = '', baseline = '', rule = ''] = name.split('.');
  const [, kind, steps] = /^(.+)-(\d+)$/.exec(rule) ?? [];
  if (baseline === 'uniform') return undefined;
  if (id === 'integrated-gradients') return { id, baseline, rule: kind, steps: Number(steps) };
  if (id === 'idgi')
    return { id, baseline, output: kind === 'prob' ? 'probability' : kind, steps: Number(steps) };
  return undefined;
}

async function noiseOf(name: string, cases: Readonly<Record<string, GoldenCase>>, shape: readonly number[]) {
  const [channels = 1, rows = 1, columns = 1] = shape;
  if (!isReal(name)) return drawsOf(given(name, cases, 'noise'), channels * rows * columns);
  const bank = given(name, cases, 'noise-bank');
  return [0, 1, 2, 3].map((s) =>
    Float32Array.from({ length: channels * rows * columns }, (_, i) => {
      const [c, y, x] = [Math.floor(i / rows / columns), Math.floor(i / columns) % rows, i % columns];
      return bank[(c * 64 + ((y + 7 * s) % 64)) * 64 + ((x + 13 * s) % 64)] as number;
    }),
  );
}

const MINI = GOLDEN.filter(([name]) => !isReal(name));

/**
 * A point of inception-lrn's line from zero lies on the edge of a ReLU: the gradient there, and 4e-4 of the sum, depend on the
 * last bit of the input. Next to it they do not.
 */
const SCALES: Readonly<Record<string, number>> = { 'inception-lrn': 1 + 1e-7 };

describe.skipIf(!hasShared)(`gradients along paths and under noise${needsShared}`, () => {
  it.each(GOLDEN)('%s: integrated gradients, idgi', async (name, cases) => {
    const network = await goldenNetwork(name);
    const [golden] = Object.values(cases) as [GoldenCase];
    const known = Object.keys(golden.methods).filter((method) => settingsOf(method) !== undefined);
    const composites = Object.fromEntries(
      known.map((method) => [method, settingsOf(method) as MethodSettings]),
    );
    const found = await explainCase(network, golden, known, composites, {
      black: blackOf(name),
      scale: SCALES[name] ?? 1,
    });
    const computed = new Map(known.map((method, i) => [method, found[i]?.relevance ?? []]));
    expect(computed.size).toBeGreaterThan(2);
    expectGolden(golden, computed);
    known.forEach((method, i) => {
      const { f_minus_f0: difference } = golden.methods[method] as { f_minus_f0?: number };
      const { relevance = new Float32Array(), expected } = found[i] ?? {};
      if (difference !== undefined) expect(expected).toBeCloseTo(difference, 4);
      const sum = relevance.reduce((total, value) => total + value, 0);
      if (method.startsWith('idgi')) expect(Math.abs(sum - (expected as number))).toBeLessThan(2e-4);
    });
  });

  it.each(GOLDEN)('%s: moments of gradients under noise', async (name, cases) => {
    const network = await goldenNetwork(name);
    const noise = await noiseOf(name, cases, network.inputShape);
    for (const golden of Object.values(cases)) {
      const request = { id: 'x', input: inputOfCase(golden), target: golden.target };
      const noisy = ({ input }: typeof request, sample: number) =>
        input.map((value, i) => value + (noise[sample]?.[i] as number));
      const [moments] = await withPasses(
        network,
        (passes) => passes.gradient(),
        (pass) => gradientMoments(pass, [request], noise.length, noisy),
      );
      expectGolden(golden, new Map(Object.entries(moments ?? {})));
    }
  });

  it.each(MINI)('%s: guided-ig, blur-ig, fullgrad', async (name, cases) => {
    const network = await goldenNetwork(name);
    const [golden] = Object.values(cases) as [GoldenCase];
    const composites = {
      'guided-ig.zero-20': { id: 'guided-ig', steps: 20 },
      'blur-ig.smax10-20': { id: 'blur-ig', steps: 20, sigma: 10 },
    };
    const methods = [...Object.keys(composites), 'fullgrad'];
    const found = await explainCase(network, golden, methods, composites);
    expectGolden(golden, new Map(methods.map((method, i) => [method, found[i]?.relevance ?? []])));
  });

  // The references of real networks take the gradient behind ReLUs that work in place; what must hold is the sum.
  it('squeezenet_v1.1: gradients times biases and the input sum to the logit', async () => {
    const network = await goldenNetwork('squeezenet_v1.1');
    const [golden] = Object.values(GOLDEN.find(([name]) => name === 'squeezenet_v1.1')?.[1] ?? {}) as [
      GoldenCase,
    ];
    const input = inputOfCase(golden);
    const passes = new Passes(network, {});
    const layers = network.graph.nodes.filter(({ op }) => op === 'Conv');
    const names = passes.backwardTo({ composite: GRADIENT, start: 'one' }, [
      undefined,
      ...layers.map(({ outputs }) => outputs[0]),
    ]);
    await passes.load(onnxruntime);
    const { maps } = await passes.run([{ id: 'x', input, target: golden.target }]);
    await passes.release();
    const [ofInput, ...ofLayers] = names.map((one) => maps.get(one)?.[0] as Float32Array);
    let sum = ofInput?.reduce((total, value, i) => total + value * (input[i] as number), 0) as number;
    layers.forEach(({ inputs }, l) => {
      const biases = network.graph.constants.get(inputs[2] as string)?.data as Float32Array;
      const gradient = ofLayers[l] as Float32Array;
      const places = gradient.length / biases.length;
      sum = gradient.reduce(
        (total, value, i) => total + value * (biases[Math.floor(i / places)] as number),
        sum,
      );
    });
    expect(sum).toBeCloseTo(golden.logit, 4);
  });

  it.each(MINI)('%s: the mean over several baselines', async (name, cases) => {
    const network = await goldenNetwork(name);
    const [golden] = Object.values(cases) as [GoldenCase];
    const input = inputOfCase(golden);
    const request = { id: 'x', input, target: golden.target };
    const starts = drawsOf(given(name, cases, 'baseline-uniform'), input.length);
    const rule = PATH_RULES['gauss-legendre'](20);
    const found = await withPasses(
      network,
      (passes) => passes.gradient(),
      async (pass) => {
        let logits = new Float32Array();
        await pass.run([{ input, request }], ({ [GRADIENT_OUTPUT]: _, ...outputs }) => {
          logits = Float32Array.from(Object.values(outputs)[0] as Float32Array);
        });
        const points = rule.map(({ at, weight }) => ({ at, weight: weight / starts.length }));
        return alongLines(pass, [{ request, lines: starts.map((start) => ({ start, points })), logits }]);
      },
    );
    const relevance = found[0]?.relevance ?? [];
    expectGolden(golden, new Map([['integrated-gradients.uniform.gauss-legendre-20', relevance]]));
  });
});
