import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BUILT, heatproof, start } from '../cli/heatproof.js';

interface Step {
  name?: string;
  shell?: string;
  env?: Record<string, string>;
  run?: string;
}

const action = parse(readFileSync('action.yml', 'utf8'));
const steps: Step[] = action.runs.steps;

/** The steps that a runner would execute after installation, with the inputs of a workflow; stops where one fails. */
async function runAction(inputs: Record<string, string>, folder: string) {
  const defaults = Object.entries(action.inputs as Record<string, { default?: string }>).flatMap(
    ([name, { default: value }]) => (value === undefined ? [] : [[name, value]]),
  );
  const given: Record<string, string> = { ...Object.fromEntries(defaults), ...inputs };
  const filled = (text: string) =>
    text
      .replace(/\$\{\{ github\.action_path \}\}/g, BUILT)
      .replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name: string) => given[name] as string);
  const summary = join(folder, 'summary.md');
  writeFileSync(summary, '');
  for (const { shell = '', env = {}, run } of steps.filter(({ name }) => name === 'run' || name === 'gate')) {
    const own = Object.entries(env).map(([name, value]) => [name, filled(value)]);
    const { code, stderr } = await start([shell, '-eo', 'pipefail', '-c', run ?? ''], {
      cwd: folder,
      env: { ...Object.fromEntries(own), GITHUB_STEP_SUMMARY: summary },
    }).ended;
    if (code !== 0) return { code, stderr, summary: readFileSync(summary, 'utf8') };
  }
  return { code: 0, stderr: '', summary: readFileSync(summary, 'utf8') };
}

describe('action.yml', () => {
  const inputs = { config: resolve('configs/quickstart.yaml'), limit: '2', baseline: 'my baseline.json' };
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heatproof action-'));
    const run = ['run', inputs.config, '--limit', '2', '--out', join(folder, 'base'), '--quiet'];
    expect(await heatproof(run)).toMatchObject({ code: 0 });
    const update = ['gate', join(folder, 'base'), '--baseline', join(folder, inputs.baseline), '--update'];
    expect(await heatproof(update)).toMatchObject({ code: 0 });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('hands inputs over as environment, never as text of a script', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
    expect(steps.find(({ name }) => name === 'install')?.run).toBe(
      'npm ci --no-audit --no-fund && npm run build',
    );
  });

  it('passes against its own baseline, with the verdict in the summary of the job', async () => {
    const { code, summary } = await runAction(inputs, folder);
    expect([code, summary]).toEqual([0, expect.stringContaining('gate passed')]);
  });

  it('fails where the baseline was better, and says so in the summary, too', async () => {
    const path = join(folder, inputs.baseline);
    const better = JSON.parse(readFileSync(path, 'utf8'), (key, value) =>
      key === 'aopc_morf' ? value + 100 : value,
    );
    writeFileSync(path, JSON.stringify(better));
    const { code, summary } = await runAction(inputs, folder);
    expect([code, summary]).toEqual([1, expect.stringContaining('gate FAILED: 3 dropped')]);
  });

  it('ends with the one line of what is wrong', async () => {
    const { code, stderr } = await runAction({ ...inputs, config: 'none.yaml' }, folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^heatproof: .*none\.yaml.*\n$/);
  });
});
