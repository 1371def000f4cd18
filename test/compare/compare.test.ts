import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/compare/compare.js';
import { writeComparison } from '../../src/compare/page.js';
import { pairingNotes, textTables } from '../../src/compare/tables.js';
import { readFinished } from '../../src/results/finished.js';
import { experimentOf, explanationOf, finishedOf, unitOf } from '../results/hand-made.js';

type Values = Readonly<Record<string, number | undefined>>;

/** A finished run whose Gini indices of lrp-zplus, by image, are these; those of random are 0. */
async function runOf(
  values: Values,
  changes: Record<string, unknown> = {},
  contents?: string[],
  network = 'net',
) {
  const experiment = experimentOf({ methods: ['lrp-zplus', 'random'], complexity: true, ...changes }, [
    network,
  ]);
  const units = Object.entries(values).map(([image, gini]) =>
    unitOf(image, {
      network,
      key: `${network}/${image}`,
      explanations: [
        explanationOf('lrp-zplus', { complexity: gini === undefined ? {} : { gini } }),
        explanationOf('random', { complexity: { gini: 0 } }),
      ],
    }),
  );
  const { path } = await finishedOf(experiment, units, contents ? { contents } : {});
  return readFinished(path);
}

async function giniOf(...runs: Awaited<ReturnType<typeof runOf>>[]) {
  const comparison = compareRuns(runs);
  const gini = comparison.metrics.find(({ metric }) => metric === 'gini');
  return { comparison, methods: gini?.methods ?? [] };
}

describe('runs compared', () => {
  it('are paired image by image with the first, and tested', async () => {
    const { methods, comparison } = await giniOf(
      await runOf({ a: 0.2, b: 0.4, c: 0.3, d: 0.9 }),
      await runOf({ a: 0.4, b: 0.5, c: 0.2, e: 0.7 }),
    );
    const [lrp, random] = methods;
    expect(lrp).toMatchObject({
      method: 'lrp-zplus',
      values: [
        { images: 4, value: expect.closeTo(0.45, 12) },
        { images: 4, value: expect.closeTo(0.45, 12) },
      ],
    });
    // Of a, b, c: 0.2, 0.1, -0.1. Sums of signs: +-0.2 as observed, +-0.4, 0 and +-0.2: of 8 assignments 6 are as far from 0.
    const difference = lrp?.differences[1];
    expect(difference).toMatchObject({
      difference: { images: 3, value: expect.closeTo(0.2 / 3, 12), interval: 'student' },
      pValue: 6 / 8,
    });
    // Holm over two methods; nothing differs of random, so its p is 1.
    expect(random?.differences[1]).toMatchObject({ difference: { value: 0 }, pValue: 1, adjustedPValue: 1 });
    expect(difference?.adjustedPValue).toBe(1);
    expect(lrp?.differences[0]).toBeNull();
    expect(comparison.runs).toMatchObject([
      { images: 4, shared: 4 },
      { images: 4, shared: 3 },
    ]);
    expect(pairingNotes(comparison)).toEqual([expect.stringMatching(/ share 3 images \(of 4 and 4\)$/)]);
  });

  it('say where the definitions differ, and what each of them has there', async () => {
    const runs = [await runOf({ a: 1 }), await runOf({ a: 1 })];
    const [first, second] = runs as [(typeof runs)[0], (typeof runs)[0]];
    const definition = { ...second.record.definition, perturbation: { region: 4, grid: { net: [2, 2] } } };
    const changed = { ...second, record: { ...second.record, heatproof: '9', definition } };
    const before = { ...first.record.definition, perturbation: { region: 8, grid: { net: [1, 1] } } };
    const { comparison } = await giniOf(
      { ...first, record: { ...first.record, definition: before } },
      changed,
    );
    // The grid follows from the region.
    expect(comparison.definition).toEqual([
      { path: 'heatproof', values: ['"0"', '"9"'] },
      { path: 'perturbation.region', values: ['8', '4'] },
    ]);
  });

  it('do not pair other files under the same name', async () => {
    const { comparison, methods } = await giniOf(
      await runOf({ a: 0.2, b: 0.4 }, {}, ['x', 'y']),
      await runOf({ a: 0.3, b: 0.6 }, {}, ['x', 'z']),
    );
    expect(methods[0]?.differences[1]?.difference).toMatchObject({
      images: 1,
      value: expect.closeTo(0.1, 12),
    });
    expect(comparison.runs[1]).toMatchObject({ shared: 1, others: ['b'] });
    expect(pairingNotes(comparison)[1]).toMatch(/under the names of 1 images, which are not paired: b$/);
  });

  it('of one network each are paired whatever it is called; values that are missing stay missing', async () => {
    const { methods } = await giniOf(
      await runOf({ a: 0.2 }),
      await runOf({ a: undefined }, {}, undefined, 'other'),
    );
    expect(methods.map(({ method, network }) => [method, network])).toEqual([
      ['lrp-zplus', undefined],
      ['random', undefined],
    ]);
    expect(methods[0]).toMatchObject({ values: [{ value: 0.2 }, null], differences: [null, null] });
  });

  it('are each given once', async () => {
    const run = await runOf({ a: 1 });
    expect(() => compareRuns([run, run])).toThrow(/^compare: expected each run once, got .* twice$/);
  });

  it('become one page on which nothing of a name is markup', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const [first, second] = [
      await runOf({ [hostile]: 0.2 }, { methods: ['lrp-zplus', 'random'] }, ['x']),
      await runOf({ [hostile]: 0.5 }, {}, ['y']),
    ];
    const comparison = compareRuns([first, second]);
    const named = {
      ...comparison,
      runs: comparison.runs.map((run) => ({ ...run, name: `${hostile}${run.name}` })),
    };
    const path = join(first.directory.path, 'comparison.html');
    await writeComparison(path, named);
    const page = readFileSync(path, 'utf8');
    expect(page).not.toContain('<img');
    expect(page).not.toMatch(/https?:\/\//);
    // Its own script, which the policy names, and no other.
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).toMatch(/script-src (&#39;|')sha256-/);
    for (const text of ['Gini index', 'lrp-zplus', '&lt;img src=x onerror=alert(1)&gt;'])
      expect(page).toContain(text);
    expect(page).toContain('<table class="bars">');
    expect(textTables(named).length).toBeGreaterThan(0);
  });
});
