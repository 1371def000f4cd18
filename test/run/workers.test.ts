import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { UnitEvaluator } from '../../src/evaluation/evaluator.js';
import type { Plan } from '../../src/evaluation/plan.js';
import { loadExperiment } from '../../src/experiment/config.js';
import { openExperiment } from '../../src/experiment/open.js';
import { evaluateJobs, planRun } from '../../src/run/plan.js';
import { heatproof } from '../cli/heatproof.js';

const IMAGES = 3;

/** A copy of the embedded sample with a class map, and an experiment that reads every file of it. */
let folder: string;
let config: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof-workers-'));
  cpSync('datasets/sample', join(folder, 'sample'), { recursive: true });
  const classes = readFileSync(join(folder, 'sample/classes.txt'), 'utf8').trim().split('\n');
  writeFileSync(
    join(folder, 'map.yaml'),
    stringify(Object.fromEntries(classes.map((name, i) => [name, [i]]))),
  );
  config = join(folder, 'experiment.yaml');
  writeFileSync(
    config,
    stringify({
      name: 'lean',
      model: 'sample/network.yaml',
      dataset: { type: 'voc', root: 'sample/VOCdevkit', labels: 'sample/classes.txt', limit: IMAGES },
      methods: ['gradient-x-input', 'random'],
      scoring: { map: 'map.yaml', group: 'strongest' },
      perturbation: { region: 32, steps: 4, fill: 'constant' },
      boxes: { metrics: ['outside-inside'] },
      heatmaps: 1,
    }),
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const plan = async (): Promise<Plan> =>
  planRun(await openExperiment(await loadExperiment(config)), join(folder, 'heatmaps'));

describe('workers', () => {
  it('open nothing that a user named but the images they are given, and their annotations', async () => {
    const { samples } = (await plan()).dataset;
    const log = join(folder, 'reads');
    const out = join(folder, 'out');
    const ended = await heatproof(['run', config, '--out', out, '--workers', '2', '--quiet'], {
      env: {
        NODE_OPTIONS: `--import ${pathToFileURL('test/run/log-reads.mjs').href}`,
        READS_LOG: log,
      },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const read = new Set(readFileSync(log, 'utf8').split('\n'));
    const named = [...read].filter((path) => path.startsWith(folder) && !path.startsWith(out));
    expect(named.sort()).toEqual(samples.flatMap(({ path, annotation = '' }) => [path, annotation]).sort());
  });

  it('need nothing else: a unit is the same when the rest of the data set is gone', async () => {
    const whole = await plan();
    const jobs = evaluateJobs(
      whole,
      whole.dataset.samples.map(({ id }) => id),
    );
    const evaluate = async (own: Plan, index: number) => {
      const job = { ...(jobs[index] as (typeof jobs)[0]), also: [] };
      const evaluator = new UnitEvaluator(own);
      const unit = await evaluator.evaluate(job, evaluator.prepare(job));
      await evaluator.release();
      return unit;
    };
    const before = await evaluate(whole, 1);
    expect(before).toMatchObject({ status: 'done', classScores: expect.anything() });
    const { path, annotation } = whole.dataset.samples[1] as Plan['dataset']['samples'][0];
    const later = await plan();
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile() && file !== path && file !== annotation) rmSync(file);
    }
    expect(await evaluate(later, 1)).toEqual(before);
  });
});
