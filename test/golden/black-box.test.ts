import { describe, expect, it } from 'vitest';
import type { Coalition } from '../../src/explain/attributions/coalition.js';
import { Coalitions } from '../../src/explain/attributions/coalitions.js';
import { allCoalitions, shapleyValues } from '../../src/explain/attributions/kernel-shap.js';
import { ridge } from '../../src/explain/attributions/lime.js';
import { contextsOf, owenValues, pairsOf } from '../../src/explain/attributions/partition-shap.js';
import type { Pass } from '../../src/explain/attributions/passes.js';
import { riseMap, stretchedMask } from '../../src/explain/attributions/rise.js';
import { gridSegments } from '../../src/explain/attributions/segments.js';
import type { ExplainRequest } from '../../src/explain/request.js';
import type { Network } from '../../src/import/network.js';
import { relativeError } from '../explain/networks.js';
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

type Cells = [number, number];

/** Cells of a reference: [8] in one row, [rows, columns] otherwise. */
const cellsOf = ([rows = 1, columns]: readonly number[]): Cells =>
  columns === undefined ? [1, rows] : [rows, columns];

interface SegmentedCase extends GoldenCase {
  readonly segments: { readonly grid: number[]; readonly n: number };
  readonly lime: { readonly grid: number[] };
  readonly owen_tree?: unknown;
}

type Cases = Readonly<Record<string, SegmentedCase>>;

async function values(golden: SegmentedCase, network: Network, name: string, cases: Cases, forward: Pass) {
  const request: ExplainRequest = { id: 'x', input: inputOfCase(golden), target: golden.target };
  const { layout } = network;
  const computed = new Map<string, ArrayLike<number>>();
  const coalitionsAt = (cells: Cells, black: boolean) => {
    const [first = 0, ...rest] = blackOf(name);
    const places = layout.places;
    const start = request.input.map((_, i) =>
      black ? (rest.length > 0 ? ([first, ...rest][Math.floor(i / places)] as number) : first) : 0,
    );
    return new Coalitions(forward, request, gridSegments(layout, cells), start);
  };
  // Exact values, and those of the given draws.
  const { n, grid } = golden.segments;
  for (const black of [false, true]) {
    const key = black ? 'black' : 'zero';
    if (!golden.methods[`shapley.${key}`]) continue;
    const coalitions = coalitionsAt(cellsOf(grid), black);
    const every = allCoalitions(n);
    // The references number coalitions by the bits of their segments.
    const numbered = Array.from({ length: 2 ** n }, (_, index) =>
      Uint8Array.from({ length: n }, (_, i) => (index >> i) & 1),
    );
    const values = await coalitions.scores(numbered, 'logit');
    computed.set(`shapley.${key}.values`, values);
    const [none = 0, all = 0] = [values[0], values.at(-1)];
    const scores = await coalitions.scores(every.rows, 'logit');
    computed.set(`shapley.${key}`, shapleyValues(every, scores, none, all, name));
    if (black) continue;
    const drawn = drawsOf(given(name, cases, 'kernel-shap-coalitions'), n);
    const estimate = async (rows: Coalition[]) =>
      shapleyValues(
        { rows, weights: rows.map(() => 1) },
        await coalitions.scores(rows, 'logit'),
        none,
        all,
        name,
      );
    computed.set('kernel-shap.zero.sampled', await estimate(drawn));
    const half = drawn.slice(0, 30);
    computed.set(
      'kernel-shap.zero.paired',
      await estimate([...half, ...half.map((row) => row.map((kept) => 1 - kept))]),
    );
  }
  // LIME with the given samples.
  const limeCells = cellsOf(golden.lime.grid);
  const rows = drawsOf(given(name, cases, 'lime-samples'), limeCells[0] * limeCells[1]);
  const coalitions = coalitionsAt(limeCells, false);
  for (const [key, output] of [
    ['logit', 'logit'],
    ['prob', 'probability'],
  ] as const) {
    const scores = await coalitions.scores(rows, output);
    const { values, intercept } = ridge(rows, scores, { alpha: 1, width: 0.25 }, name);
    computed.set(`lime.${key}`, values);
    const reference = golden.methods[`lime.${key}`] as unknown as { intercept: number };
    expect(intercept).toBeCloseTo(reference.intercept, 4);
  }
  // Owen values.
  for (const black of [false, true]) {
    const key = `owen-4x4.${black ? 'black' : 'zero'}`;
    if (!golden.methods[key]) continue;
    const cells: Cells = layout.rows === 1 ? [1, 16] : [4, 4];
    const owen = coalitionsAt(cells, black);
    const contexts = contextsOf({ rows: cells[0], columns: cells[1], count: 16 });
    computed.set(key, owenValues(contexts, await owen.scores(pairsOf(contexts), 'logit')));
  }
  expectGolden(golden, computed);
  expect(computed.size).toBeGreaterThan(4);
}

async function masks(golden: GoldenCase, network: Network, name: string, cases: Cases, forward: Pass) {
  const request: ExplainRequest = { id: 'x', input: inputOfCase(golden), target: golden.target };
  const { layout } = network;
  const side = golden.given['rise-grid']?.[1] ?? Object.values(cases)[0]?.given['rise-grid']?.[1] ?? 0;
  const grid = { rows: layout.rows === 1 ? 1 : side, columns: side };
  const kept = drawsOf(given(name, cases, 'rise-grid'), grid.rows * grid.columns);
  const shifts = drawsOf(given(name, cases, 'rise-shift'), layout.rows === 1 ? 1 : 2);
  const draw = (mask: number) => {
    const [y = 0, x] = shifts[mask] as Float32Array;
    const shift = x === undefined ? ([0, y] as const) : ([y, x] as const);
    return { kept: kept[mask] as Float32Array, shift };
  };
  const examples = drawsOf(given(name, cases, 'rise-mask-examples'), layout.places);
  examples.forEach((example, mask) => {
    expect(relativeError(stretchedMask(draw(mask), grid, layout), example)).toBeLessThan(1e-6);
  });
  const computed = new Map<string, ArrayLike<number>>();
  for (const [key, output] of [
    ['logit', 'logit'],
    ['prob', 'probability'],
  ] as const) {
    const source = { grid, layout, draw };
    computed.set(`rise.${key}.over-mask`, await riseMap(forward, request, source, { masks: 200, output }));
  }
  expectGolden(golden, computed);
}

const MINI = GOLDEN.filter(([name]) => !isReal(name)) as [string, Cases][];

describe.skipIf(!hasShared)(`black-box methods${needsShared}`, () => {
  it.each([...MINI, ...(GOLDEN.filter(([name]) => name === 'squeezenet_v1.1') as [string, Cases][])])(
    '%s: coalitions of segments',
    async (name, cases) => {
      const network = await goldenNetwork(name);
      const [golden] = Object.values(cases) as [SegmentedCase];
      await withPasses(
        network,
        (passes) => passes.forward(),
        (forward) => values(golden, network, name, cases, forward),
      );
    },
  );

  it.each(MINI)('%s: rise', async (name, cases) => {
    const network = await goldenNetwork(name);
    const [golden] = Object.values(cases) as [SegmentedCase];
    await withPasses(
      network,
      (passes) => passes.forward(),
      (forward) => masks(golden, network, name, cases, forward),
    );
  });

  it.each(MINI)('%s: score-cam', async (name, cases) => {
    const network = await goldenNetwork(name);
    const [golden] = Object.values(cases) as [SegmentedCase];
    const layer = name === 'vgg-bn' ? '/9/Relu' : name === 'group-dilated' ? '/5/Relu' : '/5/Concat';
    const alt = golden.methods['score-cam@alt.raw'] ? [`score-cam@${layer}`] : [];
    const found = await explainCase(network, golden, ['score-cam', ...alt]);
    const computed = new Map<string, ArrayLike<number>>();
    for (const [i, tag] of ['', '@alt'].slice(0, found.length).entries()) {
      computed.set(`score-cam${tag}.raw`, found[i]?.inner?.relevance ?? []);
      computed.set(`score-cam${tag}.up`, found[i]?.relevance ?? []);
    }
    expectGolden(golden, computed);
  });
});
