import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Graph } from '../../src/graph/graph.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { randomStream } from '../../src/random.js';
import { plain } from '../perturbation/networks.js';
import { randomInputs, writeExperiment } from '../run/experiment.js';
import { builtHere, type Ended, heatproofHere } from './heatproof.js';

/** Real runs of a small random network by the built command line. */
describe('heatproof gate', () => {
  const { graph, inputShape } = plain(1);
  const inputs = randomInputs(5, inputShape);
  const perturbation = { region: 4, steps: 12, seed: 1 };
  const methods = ['lrp-zplus', 'random'];
  let folder: string;
  let baseline: string;

  const run = (
    name: string,
    config: Record<string, unknown>,
    used = inputs,
    network: Graph = graph,
  ): Promise<Ended> => {
    const path = writeExperiment(join(folder, name), network, used, config);
    return builtHere(['run', path, '--out', join(folder, name, 'out'), '--workers', '1', '--quiet']);
  };
  const gate = (name: string, ...options: string[]) =>
    heatproofHere(['gate', join(folder, name, 'out'), '--baseline', baseline, ...options]);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof gate-'));
    baseline = join(folder, 'baseline.json');
    expect((await run('base', { methods, perturbation })).code).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('asks for a baseline, writes one, and the same run passes', async () => {
    const before = await gate('base');
    expect(before).toMatchObject({ code: 2, stdout: '' });
    expect(before.stderr).toMatch(
      /^heatproof: baseline \(.*baseline\.json\): .*; gate --update writes one\n$/,
    );
    expect(await gate('base', '--update')).toMatchObject({
      code: 0,
      stdout: `baseline ${baseline}: 10 explanations\n`,
    });
    const after = await gate('base');
    expect(after).toMatchObject({ code: 0, stderr: '' });
    expect(after.stdout).toMatch(/^method +metric +arrays +baseline +run +difference\n/);
    expect(after.stdout).toMatch(/\nlrp-zplus +abpc +5 .* 0 \[0, 0\]\n/);
    expect(after.stdout).toMatch(/\n\nmethod +metric +allowed +verdict\n/);
    expect(after.stdout).toMatch(/\nlrp-zplus +abpc +0\.009639 +unchanged\n/);
    expect(after.stdout).toMatch(/\ngate passed: 6 unchanged, 6 reported\n$/);
  });

  it('says when the baseline was computed on another processor; --strict refuses it', async () => {
    const text = readFileSync(baseline, 'utf8');
    const content = JSON.parse(text);
    const { processor } = content.computed;
    writeFileSync(
      baseline,
      JSON.stringify({ ...content, computed: { ...content.computed, processor: 'Other 9000' } }),
    );
    const note = `heatproof: baseline (${baseline}): last bits may differ (docs/engines.md): processor: Other 9000 -> ${processor}\n`;
    expect(await gate('base')).toMatchObject({ code: 0, stderr: note });
    expect(await gate('base', '--strict')).toMatchObject({ code: 2, stderr: note, stdout: '' });
    writeFileSync(baseline, text);
  });

  it('is the same file when written again', async () => {
    const text = readFileSync(baseline, 'utf8');
    await gate('base', '--update');
    expect(readFileSync(baseline, 'utf8')).toBe(text);
  });

  it('judges a changed network, which is the same when only saved again', async () => {
    const noise = randomStream('weights');
    const noisy = new Map(
      [...graph.constants].map(([name, tensor]): [string, Tensor] => {
        if (tensor.type !== 'float32') return [name, tensor];
        const data = tensor.data.map((value, i) => value * (1 + 0.01 * noise.normal(i)));
        return [name, { ...tensor, data }];
      }),
    );
    await run('noisy', { methods, perturbation }, inputs, { ...graph, constants: noisy });
    const judged = await gate('noisy');
    expect(judged.stdout).toMatch(
      /\ngate passed: .*; judged: network experiment \(hash: "\w{64}" -> "\w{64}"\)\n$/,
    );
    expect(judged.code).toBe(0);
    const strict = await gate('noisy', '--same-network');
    expect(strict.code).toBe(1);
    expect(strict.stdout).toMatch(/\ndefinition differs: networks\.experiment\.hash: "\w{64}" -> "\w{64}"\n/);

    // The same weights in a file that is not the same.
    await run('saved', { methods, perturbation }, inputs, { ...graph, name: 'again' });
    expect(await gate('saved', '--same-network')).toMatchObject({ code: 0 });
  });

  it('fails with code 1 and says why, in the terminal, JUnit XML, Markdown and JSON', async () => {
    const { e: _, ...fewer } = inputs;
    await run('changed', { methods, perturbation: { ...perturbation, region: 5 } }, fewer);
    const [junit, markdown] = [join(folder, 'new', 'gate.xml'), join(folder, 'gate.md')];
    const failed = await gate('changed', '--junit', junit, '--markdown', markdown);
    expect(failed).toMatchObject({ code: 1, stderr: '' });
    expect(failed.stdout).toContain('\ndefinition differs: perturbation.region: 4 -> 5\n');
    expect(failed.stdout).toMatch(/\nexperiment, lrp-zplus: missing: e \(\d\)\n/);
    expect(failed.stdout).toMatch(/\ngate FAILED: .*\n$/);
    expect(readFileSync(junit, 'utf8')).toContain('message="perturbation.region: 4 -&gt; 5"');
    expect(readFileSync(markdown, 'utf8')).toMatch(/^\*\*gate FAILED: /);
    const json = await gate('changed', '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      passed: false,
      definition: ['perturbation.region: 4 -> 5'],
      methods: [{ method: 'lrp-zplus', missing: [{ image: 'e' }] }, { method: 'random' }],
    });
  });

  it('refuses folders that are no run or hold an unfinished one', async () => {
    expect(await heatproofHere(['gate', folder, '--baseline', baseline])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^heatproof: run directory .* expected a readable run\.json, got .*\n$/),
    });
    rmSync(join(folder, 'changed', 'out', 'summary.json'));
    expect(await gate('changed')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/expected a finished one \(summary\.json\).*\n$/),
    });
  });

  it('says in one line that a run and its baseline have nothing in common', async () => {
    const others = Object.fromEntries(Object.entries(inputs).map(([id, input]) => [`other-${id}`, input]));
    await run('others', { methods, perturbation }, others);
    expect(await gate('others')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^heatproof: gate \(.*out\): expected explanations of the baseline, as of a by lrp-zplus on experiment, got none of them, but others, as of other-a by lrp-zplus on experiment\n$/,
      ),
    });
  });

  it.each(['--json', '--strict', '--same-network'])(
    '%s says how a run is judged, so --update refuses it',
    async (option) => {
      const text = readFileSync(baseline, 'utf8');
      expect(await gate('base', '--update', option)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: `heatproof: ${option} and --update exclude each other: how a run is judged is no part of a baseline\n`,
      });
      expect(readFileSync(baseline, 'utf8')).toBe(text);
    },
  );

  it('refuses a foreign baseline', async () => {
    writeFileSync(baseline, 'a,b,c\n');
    const foreign = await gate('base');
    expect(foreign.code).toBe(2);
    expect(foreign.stderr).toMatch(/^heatproof: baseline \(.*\): expected JSON, got [^\n]*\n$/);
  });
});
