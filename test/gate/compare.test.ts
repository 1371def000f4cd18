import { describe, expect, it } from 'vitest';
import { compareRun } from '../../src/gate/compare.js';
import { problemsOf } from '../../src/gate/problems.js';
import { headline } from '../../src/gate/table.js';
import { randomStream } from '../../src/random.js';
import { baseline, definition, rows, runOf, withValues } from './runs.js';

const aopc = (row: (typeof rows)[number]) => row.values.aopc_morf as number;
const metricsOf = (report: ReturnType<typeof compareRun>, method: string) =>
  report.methods
    .find((one) => one.method === method)
    ?.metrics.map(({ metric, verdict }) => [metric, verdict]);

describe('compareRun', () => {
  it('the same run again passes, nothing moved', () => {
    const report = compareRun(baseline, runOf());
    expect(report).toMatchObject({ passed: true, definition: [], added: [] });
    expect(report.methods.map(({ common, missing, moved }) => [common, missing, moved])).toEqual([
      [12, [], []],
      [12, [], []],
    ]);
    expect(report.methods[0]?.metrics).toMatchObject([
      { metric: 'aopc_morf', verdict: 'unchanged', baseline: 9.5, difference: { value: 0, low: 0, high: 0 } },
    ]);
  });

  it('a drop beyond the tolerance fails, noise around the same mean does not', () => {
    const noise = randomStream('noise');
    const noisy = runOf((row, i) => withValues(row, { aopc_morf: aopc(row) + noise.normal(i) }));
    expect(compareRun(baseline, noisy).passed).toBe(true);

    const worse = runOf((row) => withValues(row, { aopc_morf: aopc(row) - 0.6 }));
    expect(problemsOf(compareRun(baseline, worse))).toEqual([
      'net, lrp: AOPC (MoRF) dropped: -0.6 [-0.6, -0.6], allowed 0.475',
    ]);
    const slightly = runOf((row) => withValues(row, { aopc_morf: aopc(row) - 0.4 }));
    expect(compareRun(baseline, slightly).passed).toBe(true);
    expect(compareRun(baseline, { ...slightly, gate: { tolerance: 0.01 } }).passed).toBe(false);
  });

  it('intervals widen with the number of comparisons, so that chance fails no more often', () => {
    const noise = randomStream('one in many');
    const ids = ['aopc_morf', 'aopc_lerf', 'abpc', 'deletion_auc', 'gini', 'entropy'];
    const drawn = (key: number) =>
      rows
        .filter(({ method }) => method === 'lrp')
        .flatMap((row) => Array.from({ length: 10 }, (_, m) => ({ ...row, method: `method-${m}` })))
        .map((row, i) =>
          withValues(
            row,
            Object.fromEntries(
              ids.map((id, m) => [id, 0.01 + noise.normal((key * 1000 + i) * ids.length + m)]),
            ),
          ),
        );
    const methods = Object.fromEntries(Array.from({ length: 10 }, (_, m) => [`method-${m}`, {}]));
    const before = { ...baseline, definition: { ...definition, methods }, rows: drawn(0) };
    const passed = Array.from({ length: 20 }, (_, key) => {
      const run = runOf();
      const snapshot = { ...before, rows: drawn(key + 1) };
      return compareRun(before, { ...run, snapshot }).passed;
    });
    // 60 comparisons each, 1200 in all: intervals of 95 % would give 30 false alarms.
    expect(passed.filter((one) => !one).length).toBeLessThanOrEqual(1);
  });

  it('a random order has no quality to lose', () => {
    const worse = runOf((row) => (row.method === 'random' ? withValues(row, { aopc_morf: 0 }) : row));
    const report = compareRun(baseline, worse);
    expect(report.passed).toBe(true);
    expect(metricsOf(report, 'random')).toEqual([['aopc_morf', 'reported']]);
  });

  it('takes the direction from the table of the metric, and only reports a neutral one', () => {
    const measured = { deletion_auc: 4, outside_inside: 1 };
    const before = { ...baseline, rows: rows.map((row) => withValues(row, measured)) };
    const after = runOf((row) => withValues(row, { deletion_auc: 6, outside_inside: 5 }));
    expect(metricsOf(compareRun(before, after), 'lrp')).toEqual([
      ['aopc_morf', 'unchanged'],
      ['deletion_auc', 'dropped'],
      ['outside_inside', 'reported'],
    ]);
  });

  it('missing images, with the reason, missing methods and missing values fail', () => {
    const reason = 'cannot be decoded';
    const without = runOf((row) => (row.image === 'image-03' ? undefined : row), {
      leftOut: [{ network: 'net', image: 'image-03', status: 'failed', reason }],
    });
    expect(problemsOf(compareRun(baseline, without))).toEqual([
      `net, lrp: missing: image-03 (cat): ${reason}`,
      `net, random: missing: image-03 (cat): ${reason}`,
    ]);
    const alone = runOf((row) => (row.method === 'lrp' ? undefined : row));
    expect(problemsOf(compareRun(baseline, alone))).toEqual(['net, lrp: missing: all images']);
    const unmeasured = runOf((row, i) => (i === 5 ? { ...row, values: { score: 5, conservation: 1 } } : row));
    expect(problemsOf(compareRun(baseline, unmeasured))).toEqual(['net, lrp: AOPC (MoRF) missing: image-05']);
  });

  it('an image whose predicted class changed is missing', () => {
    const other = runOf((row, i) => (i === 2 ? { ...row, class: 'dog' } : row));
    expect(problemsOf(compareRun(baseline, other))).toEqual(['net, lrp: missing: image-02 (cat)']);
  });

  it('several classes of an image count once, with their mean', () => {
    const second = rows.filter(({ method }) => method === 'lrp').map((row) => ({ ...row, class: 'dog' }));
    const both = { ...baseline, rows: [...rows, ...second] };
    const run = runOf((row) => withValues(row, { aopc_morf: aopc(row) - 1 }));
    const report = compareRun(both, {
      ...run,
      snapshot: { ...run.snapshot, rows: [...run.snapshot.rows, ...second] },
    });
    expect(report.methods[0]?.metrics[0]?.difference).toMatchObject({ images: 12, value: -0.5 });
  });

  it('new images and new methods do not fail, new methods are named', () => {
    const run = runOf();
    const more = rows.flatMap((row) => [
      { ...row, image: 'new' },
      { ...row, method: 'gradient' },
    ]);
    const report = compareRun(baseline, { ...run, snapshot: { ...run.snapshot, rows: [...rows, ...more] } });
    expect(report).toMatchObject({ passed: true, added: [{ network: 'net', method: 'gradient' }] });
  });

  it('conservation that broke and a score that moved fail, what float32 may differ by does not', () => {
    const move = (by: number) =>
      runOf((row) =>
        row.method === 'lrp' ? withValues(row, { conservation: 1 + by, score: 5 - 5 * by }) : row,
      );
    expect(compareRun(baseline, move(0.005)).passed).toBe(true);
    const problems = problemsOf(compareRun(baseline, move(0.02)));
    expect(problems).toEqual([
      'net, lrp: score of the unperturbed image moved: image-00 (cat): 5 -> 4.9; image-01 (cat): 5 -> 4.9; image-02 (cat): 5 -> 4.9; ... (12 of 12 images)',
      'net, lrp: sum of relevance / start moved: image-00 (cat): 1 -> 1.02; image-01 (cat): 1 -> 1.02; image-02 (cat): 1 -> 1.02; ... (12 of 12 images)',
    ]);
  });
});

describe('definition records', () => {
  const check = (changed: Partial<typeof definition>) =>
    compareRun(
      baseline,
      runOf(undefined, { definition: { ...definition, ...changed } as typeof definition }),
    );

  it('seeds, statistics, releases of libraries and which images were drawn may differ', () => {
    const report = check({
      dataset: { ...definition.dataset, hash: 'other', seed: 2, limit: 20 },
      images: { ...definition.images, decoder: 'sharp 2' },
      perturbation: { ...definition.perturbation, seed: 2 },
      statistics: { seed: 2, resamples: 100 },
      engine: 'engine 2',
    });
    expect(report).toMatchObject({ passed: true, definition: [] });
  });

  it.each([
    [{ perturbation: { ...definition.perturbation, region: 9 } }, 'perturbation.region: 4 -> 9'],
    [
      { perturbation: { ...definition.perturbation, fill: 'blur' } },
      'perturbation.fill: "uniform" -> "blur"',
    ],
    [{ methods: { ...definition.methods, lrp: { rules: 'flat' } } }, 'methods.lrp.rules: "zplus" -> "flat"'],
    [
      { networks: [{ ...definition.networks[0], inputShape: [3, 9, 9] }] } as Partial<typeof definition>,
      'networks.net.inputShape: [3,8,8] -> [3,9,9]',
    ],
    [{ dataset: { ...definition.dataset, select: 'correct' } }, 'dataset.select: "all" -> "correct"'],
    [{ images: { kernel: 'cubic', decoder: 'sharp 1' } }, 'images.kernel: "linear" -> "cubic"'],
    [{ target: 'true' } as Partial<typeof definition>, 'target: nothing -> "true"'],
  ])('what the measured quantity depends on may not: %j', (changed, difference) => {
    expect(check(changed)).toMatchObject({ passed: false, definition: [difference] });
  });

  it('a network or method more or less is no difference of definition', () => {
    const report = check({
      networks: [...definition.networks, { name: 'second', hash: 'x', inputShape: [1], classes: 2 }],
      methods: { lrp: definition.methods.lrp, edges: {} } as never,
    });
    expect(report.definition).toEqual([]);
  });
});

describe('a changed network is what is judged', () => {
  const networks = [{ name: 'net', hash: 'xyz', inputShape: [3, 8, 8], classes: 2 }];
  const changed = (change?: Parameters<typeof runOf>[0], rest: Partial<typeof definition> = {}) =>
    runOf(change, { definition: { ...definition, networks, ...rest } });

  it('passes where it is as good, with other scores, and is named; --same-network demands that it is the same', () => {
    const run = changed((row) => withValues(row, { score: 7, conservation: 0.5 }));
    const report = compareRun(baseline, run);
    expect(report).toMatchObject({
      passed: true,
      definition: [],
      judged: ['network net (hash: "abc" -> "xyz")'],
    });
    expect(headline(report)).toBe(
      'gate passed: 1 unchanged, 1 reported; judged: network net (hash: "abc" -> "xyz")',
    );
    expect(problemsOf(compareRun(baseline, run, { sameNetwork: true }))).toEqual([
      'definition differs: networks.net.hash: "abc" -> "xyz"',
    ]);
    expect(compareRun(baseline, runOf(), { sameNetwork: true }).passed).toBe(true);
  });

  it('says where nothing could be compared', () => {
    expect(headline({ ...compareRun(baseline, runOf()), passed: false, methods: [] })).toBe(
      'gate FAILED: nothing compared',
    );
  });

  it('fails where it is worse', () => {
    const worse = changed((row) => withValues(row, { score: 7, aopc_morf: aopc(row) - 0.6 }));
    expect(problemsOf(compareRun(baseline, worse))).toEqual([
      'net, lrp: AOPC (MoRF) dropped: -0.6 [-0.6, -0.6], allowed 0.475',
    ]);
  });

  it('images whose predicted class changed are compared, images that are missing are told', () => {
    const other = changed((row, i) => (i === 2 ? { ...row, class: 'dog' } : i === 3 ? undefined : row));
    const report = compareRun(baseline, other);
    expect(problemsOf(report)).toEqual(['net, lrp: missing: image-03']);
    expect(report.methods[0]?.metrics[0]?.difference).toMatchObject({ images: 11, value: 0 });
  });

  it('under another name, too, where there is only one', () => {
    const renamed = changed((row, i) => (i === 4 ? undefined : { ...row, network: 'net-2' }), {
      networks: [{ ...networks[0], name: 'net-2' }] as typeof networks,
    });
    const leftOut = [{ network: 'net-2', image: 'image-04', status: 'failed', reason: 'broken' } as const];
    const report = compareRun(baseline, { ...renamed, leftOut });
    expect(report.judged).toEqual(['network net, now net-2', 'network net (hash: "abc" -> "xyz")']);
    expect(problemsOf(report)).toEqual(['net, lrp: missing: image-04: broken']);
  });

  it('but not on other data, since images are no longer known by their scores', () => {
    const dataset = { ...definition.dataset, hash: 'other' };
    expect(compareRun(baseline, changed(undefined, { dataset })).definition).toEqual([
      'dataset.hash: "data" -> "other"',
    ]);
  });

  it('another release is named and may be judged', () => {
    const run = runOf();
    const later = { ...run, snapshot: { ...run.snapshot, heatproof: '2.0.0' } };
    expect(compareRun({ ...baseline, heatproof: '1.0.0' }, later)).toMatchObject({
      passed: true,
      judged: ['heatproof: "1.0.0" -> "2.0.0"'],
    });
  });
});
