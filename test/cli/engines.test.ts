import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withoutNative, withoutPackages } from '../engine/preloaded.js';
import { BUILT, heatproof } from './heatproof.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-engines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const QUICKSTART = join(BUILT, 'configs', 'quickstart.yaml');

/** A run of a few images; the folder of its results. */
async function run(name: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const out = join(folder, name);
  const few = ['--limit', '2', '--set', 'perturbation.steps=10'];
  const ended = await heatproof(['run', QUICKSTART, ...few, '--quiet', '--out', out, ...args], { env });
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

describe('other engines', () => {
  it.each([
    ['wasm', /^onnxruntime-web \d+\.\d+\.\d+ wasm$/],
    ['tfjs', /^@tensorflow\/tfjs-core \d+\.\d+\.\d+ on @tensorflow\/tfjs-backend-wasm \d+\.\d+\.\d+$/],
  ])(
    '%s runs where the native one does not; files are the same, byte for byte, with one and two workers',
    async (engine, name) => {
      const one = await run(`${engine}1`, ['--engine', engine, '--workers', '1'], withoutNative('glibc'));
      const two = await run(`${engine}2`, ['--engine', engine, '--workers', '2']);
      const [files, others] = [filesOf(one), filesOf(two)];
      expect([...files.keys()]).toEqual([...others.keys()]);
      for (const [path, bytes] of files) expect(bytes.equals(others.get(path) as Buffer), path).toBe(true);
      const record = JSON.parse(String(files.get('/run.json')));
      expect(record.definition.engine).toMatch(name);
      expect(record.experiment.engine).toBe(engine);
    },
    240_000,
  );

  it.each([
    ['wasm', 'onnxruntime-web', 'onnxruntime-web', 'npm install onnxruntime-web'],
    [
      'tfjs',
      '@tensorflow',
      '@tensorflow/tfjs-core with @tensorflow/tfjs-backend-wasm',
      'npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm',
    ],
  ])(
    '%s that is not installed ends a run before anything is written',
    async (engine, missing, expected, wayOut) => {
      const out = join(folder, `no-${engine}`);
      const args = ['run', QUICKSTART, '--limit', '3', '--engine', engine, '--out', out];
      const ended = await heatproof(args, { env: withoutPackages(missing) });
      expect(ended.stderr).toBe(
        `heatproof: engine ${engine} (${process.platform} ${process.arch}): expected ${expected} to load, ` +
          `got no such package or binary; ${wayOut}\n`,
      );
      expect(ended.code).toBe(2);
      expect(existsSync(out)).toBe(false);
    },
    60_000,
  );
});

describe('a native engine that does not load', () => {
  const here = `${process.platform} ${process.arch}`;
  const line = (system: string, reason: string) =>
    `heatproof: engine onnxruntime (${system}): expected onnxruntime-node to load, got ${reason}; ` +
    `'--engine wasm' (npm install onnxruntime-web) runs everywhere, more slowly\n`;

  it.each([
    ['glibc', here, 'a system that is too old for its binary, which needs GLIBC_2.99'],
    ['libstdc', here, 'a system that is too old for its binary, which needs GLIBCXX_3.4.29'],
    ['musl', here, 'a system with musl, and its binary needs glibc'],
    ['damaged', here, 'libonnxruntime.so.1: cannot open shared object file: No such file or directory'],
    ['darwin-x64', 'darwin x64', 'no binary: there is none for Macs with Intel processors'],
    ['freebsd-x64', 'freebsd x64', 'no such package or binary'],
  ])(
    'ends a run before anything is written: %s',
    async (system, where, reason) => {
      const out = join(folder, 'none');
      const args = ['run', QUICKSTART, '--limit', '3', '--out', out];
      const ended = await heatproof(args, { env: withoutNative(system) });
      expect(ended.stderr).toBe(line(where, reason));
      expect(ended.code).toBe(2);
      expect(existsSync(out)).toBe(false);
    },
    60_000,
  );

  it('ends explain', async () => {
    const image = join(BUILT, 'datasets', 'sample', 'overview.jpg');
    const model = join(BUILT, 'datasets', 'sample', 'network.yaml');
    const args = ['explain', image, '--model', model, '--method', 'gradient-l2', '--out', folder];
    const ended = await heatproof(args, { env: withoutNative('musl') });
    expect(ended.stderr).toBe(line(here, 'a system with musl, and its binary needs glibc'));
    expect(ended.code).toBe(2);
  }, 60_000);
});

describe('doctor --engines', () => {
  it('compares the engines that load, and says why another does not', async () => {
    const { code, stdout } = await heatproof(['doctor', '--engines', '--json'], {
      env: withoutNative('musl'),
    });
    expect(code).toBe(0);
    const [native, wasm, tfjs] = JSON.parse(stdout).engines;
    expect(native).toMatchObject({ engine: 'onnxruntime', problem: expect.stringContaining('musl') });
    expect(native.results).toBeUndefined();
    expect(wasm.results.map(({ difference }: { difference: number }) => difference)).toEqual([0, 0, 0]);
    for (const { difference } of tfjs.results) {
      expect(difference).toBeGreaterThan(0);
      expect(difference).toBeLessThan(1e-5);
    }
  }, 120_000);
});
