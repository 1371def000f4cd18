import { describe, expect, it } from 'vitest';
import { alongLines } from '../../src/explain/attributions/integrated-gradients.js';
import { gradientMoments } from '../../src/explain/attributions/noisy.js';
import { GRADIENT_OUTPUT } from '../../src/explain/attributions/passes.js';
import { PATH_RULES } from '../../src/explain/attributions/path-rules.js';
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

describe.skipIf(!hasShared)(`gradients along paths and under noise${needsShared}`, () => {
  it.each(GOLDEN)('%s: integrated gradients, idgi', async (name, cases) => {
    const network = await goldenNetwork(name);
    const [golden] = Object.values(cases) as [GoldenCase];
    const known = Object.keys(golden.methods).filter((method) => settingsOf(method) !== undefined);
    const composites = Object.fromEntries(
      known.map((method) => [method, settingsOf(method) as MethodSettings]),
    );
    const found = await explainCase(network, golden, known, composites, blackOf(name));
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

  it.each(GOLDEN.filter(([name]) => !isReal(name)))(
    '%s: the mean over several baselines',
    async (name, cases) => {
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
          return alongLines(pass, [{ request, starts, logits }], rule);
        },
      );
      const relevance = found[0]?.relevance ?? [];
      expectGolden(golden, new Map([['integrated-gradients.uniform.gauss-legendre-20', relevance]]));
    },
  );
});
