import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { printSummary } from '../../../src/cli/summary.js';
import type { UnitResult } from '../../../src/evaluation/unit.js';
import { loadExperiment } from '../../../src/experiment/config.js';
import { runRecord } from '../../../src/experiment/definition.js';
import { openExperiment } from '../../../src/experiment/open.js';
import { GATED_METRICS } from '../../../src/gate/metrics.js';
import { readRun } from '../../../src/gate/snapshot.js';
import { floatTensor } from '../../../src/graph/tensor.js';
import { reportData } from '../../../src/results/report-data.js';
import { writeResults } from '../../../src/results/results.js';
import { configReference } from '../../docs/config-reference.js';
import { NetworkWriter } from '../../perturbation/networks.js';
import { directoryOf, foundIn } from '../../results/hand-made.js';
import { writeExperiment } from '../../run/experiment.js';
import { evaluateUnits } from '../evaluate.js';

// A line in the list of families, and nothing else.
vi.mock('../../../src/evaluation/families/table.js', async (original) => {
  const table = await original<typeof import('../../../src/evaluation/families/table.js')>();
  const { peak } = await import('./peak.js');
  return { ...table, FAMILIES: [...table.FAMILIES, peak] };
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof family-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** f(x) = 3 a - b, and another class that has 0: gradient x input is 3 a and -b. */
function experiment(peak: object): string {
  const net = new NetworkWriter(1, [1, 1, 2]);
  const weights = net.constant(floatTensor([2, 2], [3, -1, 0, 0]));
  const { graph } = net.build(net.op('Gemm', [net.flatten(net.input), weights], { transB: 1 }));
  const inputs = { x: Float32Array.of(4, 1), y: Float32Array.of(1, 2) };
  return writeExperiment(folder, graph, inputs, { methods: ['gradient-x-input'], peak });
}

describe('a family that is added to the list', () => {
  it('has a key in the config, with its defaults, its complaints and its documentation', async () => {
    expect(await loadExperiment(experiment({}))).toMatchObject({ peak: { times: 1 } });
    await expect(loadExperiment(experiment({ times: 0 }))).rejects.toThrow(/peak\.times/);
    await expect(loadExperiment(experiment({ tims: 2 }))).rejects.toThrow("did you mean 'times'?");
    await expect(evaluateUnits(experiment({ times: 10 })).next()).rejects.toThrow('expected at most 9');
    expect(configReference()).toContain('| `times` | number ≥ 1 | `1` | what the peak is multiplied with |');
  });

  it('has its words in the definition record', async () => {
    const config = await loadExperiment(experiment({ times: 2 }));
    const { definition } = runRecord(await openExperiment(config), undefined);
    expect(definition.peak).toEqual({ times: 2, peak: 'largest relevance of any place' });
  });

  it('is measured, and has a file, a section, a table in the report and the terminal, and its place in the gate', async () => {
    const path = experiment({ times: 2 });
    const config = await loadExperiment(path);
    const units: UnitResult[] = [];
    for await (const unit of evaluateUnits(path)) units.push(unit);
    const directory = directoryOf(config, units);
    const { summary } = await writeResults(directory);

    // x: twice 3 * 4; y: 3 a - b = 1, so that the first class is explained here, too, and twice 3 * 1.
    expect(readFileSync(directory.file('peak.csv'), 'utf8')).toMatch(
      /^method,images,peak_value,peak_value_ci_low,peak_value_ci_high,peak_value_interval,peak_value_images,network\ngradient-x-input,2,15,-99\.3[\d.]+,129\.3[\d.]+,student,2,experiment\n$/,
    );
    expect(summary).toMatchObject({ peak: [{ images: 2, metrics: { peak_value: { value: 15 } } }] });

    const report = await reportData(directory, { summary, ...(await foundIn(config, units)) });
    expect(report.words).toContain('Peaks count 2 times.');
    expect(report.tables).toMatchObject([
      {
        title: 'Peaks of the heatmaps',
        columns: [{ title: 'Peak', note: 'this test', better: 'higher' }],
        entries: [{ label: 'gradient-x-input', cells: [{ value: 15 }] }],
      },
    ]);

    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    printSummary(summary, '/out');
    expect(write.mock.calls.join('')).toMatch(/method +peak_value\n.*\ngradient-x-input +15\n/);
    write.mockRestore();

    expect(GATED_METRICS.get('peak_value')).toMatchObject({ label: 'Peak', direction: 'higher' });
    const { snapshot } = await readRun(directory.path);
    expect(snapshot.rows.map(({ image, values }) => [image, values.peak_value])).toEqual([
      ['x', 24],
      ['y', 6],
    ]);
  });
});
