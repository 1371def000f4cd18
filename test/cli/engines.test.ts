import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BUILT, heatproof } from './heatproof.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-engines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const QUICKSTART = join(BUILT, 'configs', 'quickstart.yaml');
const without = { NODE_OPTIONS: `--import ${join(BUILT, 'test', 'engine', 'without-native.mjs')}` };

/** A run of a few images; the folder of its results. */
async function run(name: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const out = join(folder, name);
  const ended = await heatproof(['run', QUICKSTART, '--limit', '2', '--quiet', '--out', out, ...args], {
    env,
  });
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  return out;
}

/** Every file of a run by its path; times are a run's own. */
function filesOf(out: string): Map<string, Buffer> {
  const paths = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'timings.csv')
    .map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.sort().map((path) => [path.slice(out.length), readFileSync(path)]));
}

describe('--engine wasm', () => {
  it('runs where the native engine does not; files are the same, byte for byte, with one and two workers', async () => {
    const one = await run('one', ['--engine', 'wasm', '--workers', '1'], without);
    const two = await run('two', ['--engine', 'wasm', '--workers', '2']);
    const [files, others] = [filesOf(one), filesOf(two)];
    expect([...files.keys()]).toEqual([...others.keys()]);
    for (const [path, bytes] of files) expect(bytes.equals(others.get(path) as Buffer), path).toBe(true);
    const record = JSON.parse(String(files.get('/run.json')));
    expect(record.definition.engine).toMatch(/^onnxruntime-web .* wasm$/);
    expect(record.experiment.engine).toBe('wasm');
  }, 240_000);
});

describe('a native engine that does not load', () => {
  const line =
    /^heatproof: engine onnxruntime \(\w+ \w+\): expected onnxruntime-node to load, got a system that is too old for its binary, which needs GLIBC_2\.99; '--engine wasm' \(npm install onnxruntime-web\) runs everywhere, more slowly\n$/;

  it('ends a run before anything is written', async () => {
    const out = join(folder, 'none');
    const ended = await heatproof(['run', QUICKSTART, '--limit', '3', '--out', out], { env: without });
    expect(ended.stderr).toMatch(line);
    expect(ended.code).toBe(2);
    expect(existsSync(out)).toBe(false);
  }, 60_000);

  it('ends explain', async () => {
    const image = join(BUILT, 'datasets', 'sample', 'overview.jpg');
    const model = join(BUILT, 'datasets', 'sample', 'network.yaml');
    const args = ['explain', image, '--model', model, '--method', 'gradient-l2', '--out', folder];
    const ended = await heatproof(args, { env: without });
    expect(ended.stderr).toMatch(line);
    expect(ended.code).toBe(2);
  }, 60_000);
});
