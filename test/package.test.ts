import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What `npm pack` says of the package. */
interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

const project = mkdtempSync(join(tmpdir(), 'heatproof-package-'));
afterAll(() => rmSync(project, { recursive: true }));

let packed: Packed;
beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project]);
  const told = JSON.parse(stdout) as Packed[] | Record<string, Packed>;
  packed = Object.values(told)[0] as Packed;
});

describe('the package', () => {
  it('holds what is needed to run and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    const needed = [
      'LICENSE',
      'README.md',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'dist/run/worker.js',
      'configs/quickstart.yaml',
      'datasets/sample/network.onnx',
      'src/bench/torch/network.py',
    ];
    for (const path of needed) expect(paths).toContain(path);
    const folders = new Set(paths.map((path) => path.replace(/\/.*/, '')));
    expect([...folders].sort()).toEqual(
      [
        'LICENSE',
        'README.md',
        'configs',
        'datasets',
        'dist',
        'examples',
        'install',
        'package.json',
        'src',
      ].sort(),
    );
    expect(paths.filter((path) => /\.map$|^test\/|\/make\//.test(path))).toEqual([]);
    expect(
      paths.filter((path) => path.startsWith('src/') && !path.startsWith('src/report/html/client/')),
    ).toEqual(['src/bench/torch/network.py']);
  });

  it('is small', () => {
    expect(packed.size).toBeLessThan(4e6);
    expect(packed.unpackedSize).toBeLessThan(6e6);
    expect(Math.max(...packed.files.map(({ size }) => size))).toBeLessThan(1.5e6);
  });
});

describe('installed in an empty project', () => {
  const npx = (...args: string[]) => run('npx', ['heatproof', ...args], { cwd: project });

  beforeAll(async () => {
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'empty', type: 'module', private: true }),
    );
    await run('npm', ['install', '--prefer-offline', `./${packed.filename}`], { cwd: project });
  }, 300_000);

  it('its command says its own version, its commands and its methods', async () => {
    expect((await npx('--version')).stdout).toBe(`${version}\n`);
    expect((await npx('--help')).stdout).toMatch(/heatproof run <config>/);
    expect(JSON.parse((await npx('methods', '--json')).stdout)).toContainEqual(
      expect.objectContaining({ id: 'lrp-zplus' }),
    );
  });

  it('its command runs the experiment that comes with it', async () => {
    const { stdout } = await npx(
      'run',
      'node_modules/heatproof/configs/quickstart.yaml',
      '--limit',
      '2',
      '--quiet',
    );
    expect(stdout).toMatch(/^lrp-alpha2-beta1 +2 /m);
    expect(existsSync(join(project, 'results', 'quickstart', 'report.html'))).toBe(true);
  });

  it('its functions are typed and run', async () => {
    const sample = 'node_modules/heatproof/datasets/sample';
    writeFileSync(
      join(project, 'use.ts'),
      `import { explain, type Explanation, loadNetwork, prepareImage } from 'heatproof';
      const network = await loadNetwork('${sample}/network.yaml');
      const { input } = await prepareImage(network, '${sample}/VOCdevkit/VOC2007/JPEGImages/000001.jpg');
      const { heatmap, target }: Explanation = await explain(network, input, { method: 'lrp-alpha2-beta1' });
      // @ts-expect-error: methods are strings
      const wrong = () => explain(network, input, { method: 1 });
      console.log(network.labels[target], heatmap.width, heatmap.height, typeof wrong);
      export {};`,
    );
    const options = {
      module: 'NodeNext',
      target: 'ES2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      typeRoots: [resolve('node_modules/@types')],
      types: ['node'],
    };
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['use.ts'] }),
    );
    const compiled = await run(resolve('node_modules/.bin/tsc'), [], { cwd: project }).catch(
      (error) => error,
    );
    expect(compiled.stdout).toBe('');
    const { stdout } = await run(process.execPath, ['use.js'], { cwd: project });
    expect(stdout).toBe('boat 128 128 function\n');
  });
});
