import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from './docs/blocks.js';
import { contentsOf } from './run/directories.js';
import { hasContainers, inContainer, needsContainers, USER } from './scale/container.js';

const run = promisify(execFile);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What `npm pack` says of the package. */
interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

/** This platform, as onnxruntime-node names it. */
const target = `${process.platform}/${process.arch}`;
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
      'docs/commands.md',
      'docs/library.md',
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
        'docs',
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

describe('its preinstall script', () => {
  const metadata = {
    requirements: { [target]: ['gpu'] },
    manifests: { [`${target}:gpu`]: { './gpu.so': {}, './shared.so': {} } },
  };
  const library = `node_modules/onnxruntime-node/bin/napi-v6/${target}`;
  const script = 'node_modules/heatproof/install/cpu-only.js';

  /** A project with heatproof's script and, where `metadata` is given, an onnxruntime-node that needs `metadata`. */
  function place(metadata?: string): string {
    const root = mkdtempSync(join(project, 'script-'));
    mkdirSync(dirname(join(root, script)), { recursive: true });
    cpSync('install/cpu-only.js', join(root, script));
    writeFileSync(join(root, 'node_modules/heatproof/package.json'), '{"type": "module"}');
    if (metadata === undefined) return root;
    mkdirSync(join(root, library), { recursive: true });
    mkdirSync(join(root, 'node_modules/onnxruntime-node/script'));
    writeFileSync(join(root, 'node_modules/onnxruntime-node/script/install-metadata.js'), metadata);
    return root;
  }

  const preinstall = (root: string, env = {}) =>
    run(process.execPath, [script], { cwd: root, env: { ...process.env, ...env } });
  const needs = `module.exports = ${JSON.stringify(metadata)}`;

  it('puts empty files in the place of what would be downloaded, and keeps those that are there', async () => {
    const root = place(needs);
    writeFileSync(join(root, library, 'shared.so'), 'real');
    expect(await preinstall(root)).toEqual({ stdout: '', stderr: '' });
    expect(readFileSync(join(root, library, 'gpu.so'), 'utf8')).toBe('');
    expect(readFileSync(join(root, library, 'shared.so'), 'utf8')).toBe('real');
  });

  it.each(['ONNXRUNTIME_NODE_INSTALL', 'npm_config_onnxruntime_node_install'])(
    'leaves it to whoever sets %s',
    async (name) => {
      const root = place(needs);
      expect(await preinstall(root, { [name]: 'cuda12' })).toEqual({ stdout: '', stderr: '' });
      expect(existsSync(join(root, library, 'gpu.so'))).toBe(false);
    },
  );

  it('does nothing on platforms without downloads, or without onnxruntime-node', async () => {
    const root = place('module.exports = { requirements: {}, manifests: {} }');
    expect(await preinstall(root)).toEqual({ stdout: '', stderr: '' });
    expect(readdirSync(join(root, library))).toEqual([]);
    expect(await preinstall(place())).toEqual({ stdout: '', stderr: '' });
  });

  it('says in one line what it cannot do, and lets the installation go on', async () => {
    const { stderr } = await preinstall(place('module.exports = {}'));
    expect(stderr).toMatch(/^heatproof: could not tell onnxruntime-node .*\n$/);
  });
});

describe('installed in an empty project', () => {
  const npx = (...args: string[]) => run('npx', ['heatproof', ...args], { cwd: project });
  const installed = join(project, 'node_modules/heatproof');
  const quickstart = ['run', join(installed, 'configs/quickstart.yaml'), '--limit', '2', '--quiet'];
  let printed: string;

  beforeAll(async () => {
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'empty', type: 'module', private: true }),
    );
    // As a stranger: `npm test` hands this project's .npmrc, which leaves scripts out, on to what it runs.
    const env = { ...process.env, npm_config_ignore_scripts: 'false' };
    await run('npm', ['install', '--prefer-offline', `./${packed.filename}`], { cwd: project, env });
    printed = (await npx(...quickstart)).stdout;
  }, 300_000);

  it('nothing was downloaded for graphics cards', () => {
    const runtime = join(project, 'node_modules/onnxruntime-node');
    const { requirements, manifests } = createRequire(import.meta.url)(
      join(runtime, 'script/install-metadata.js'),
    );
    const sizes = requirements[target].flatMap((name: string) =>
      Object.keys(manifests[`${target}:${name}`]).map(
        (file) => statSync(join(runtime, 'bin/napi-v6', target, file)).size,
      ),
    );
    expect(sizes).toEqual(target === 'linux/x64' ? [0, 0, 0] : []);
  });

  it('its command says its own version, its commands and its methods', async () => {
    expect((await npx('--version')).stdout).toBe(`${version}\n`);
    expect((await npx('--help')).stdout).toMatch(/heatproof run <config>/);
    expect(JSON.parse((await npx('methods', '--json')).stdout)).toContainEqual(
      expect.objectContaining({ id: 'lrp-zplus' }),
    );
  });

  it('its command says what a queue needs', async () => {
    const asked = npx('status', '--queue', 'redis://127.0.0.1');
    await expect(asked).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^heatproof: --queue \(npm packages\): expected bullmq and ioredis \(npm install .*\), got Cannot find .*\n$/,
      ),
    });
  });

  it('its command runs the experiment that comes with it', () => {
    expect(printed).toMatch(/^lrp-alpha2-beta1 +2 /m);
    expect(existsSync(join(project, 'results', 'quickstart', 'report.html'))).toBe(true);
  });

  it.skipIf(!hasContainers)(
    `its command does the same in a container: not as root, on a root that is read only, without network, fonts, home or terminal${needsContainers}`,
    async () => {
      const results = join(project, 'contained');
      mkdirSync(results);
      if (process.getuid?.() === 0) chownSync(results, USER, USER);
      chmodSync(project, 0o755);
      const contained = (...command: string[]) => {
        const [program, ...args] = inContainer({ data: project, results }, ...command);
        return run(program, args);
      };
      const look = `id -u; find /usr/share/fonts -type f; grep -c : /proc/net/dev; touch /new ${project}/new 2>&1 || true`;
      const refused = (path: string) => `touch: cannot touch '${path}/new': Read-only file system\n`;
      expect((await contained('sh', '-c', look)).stdout).toBe(
        `${USER}\n1\n${refused('')}${refused(project)}`,
      );
      const out = join(results, 'quickstart');
      expect(
        await contained(join(project, 'node_modules/.bin/heatproof'), ...quickstart, '--out', out),
      ).toMatchObject({ stderr: '' });
      expect(contentsOf(out)).toEqual(contentsOf(join(project, 'results/quickstart')));
    },
  );

  it('its samples run', async () => {
    const { stdout } = await run(
      process.execPath,
      ['node_modules/heatproof/examples/compare-methods.js', 'out'],
      {
        cwd: project,
      },
    );
    expect(stdout).toMatch(/^boat +lrp-alpha2-beta1 +AOPC /m);
    const typescript = (file: string) =>
      blocksOf(file).filter(({ language, marker }) => language === 'ts' && marker === '');
    const blocks = ['README.md', 'docs/library.md'].flatMap(typescript);
    expect(blocks.length).toBeGreaterThan(7);
    for (const [i, { text }] of blocks.entries()) {
      // The README stands in a clone, whose sample lies elsewhere in an installed project.
      writeFileSync(
        join(project, `sample-${i}.mjs`),
        text.replace(/'(?=datasets\/)/g, "'node_modules/heatproof/"),
      );
      const { stdout } = await run(process.execPath, [`sample-${i}.mjs`], { cwd: project });
      if (text.includes('console.log')) expect(stdout).not.toMatch(/^$|undefined|NaN/);
    }
  }, 300_000);

  it.each(['nodenext', 'node20'])('CommonJS requires it, typed with module %s', async (module) => {
    writeFileSync(
      join(project, 'use.cts'),
      `import heatproof = require('heatproof');
      import { doctor, type Explanation, explain, fetch, gate, inspect, merge, report } from 'heatproof';
      const functions: readonly ((...given: never[]) => unknown)[] = [gate, merge, report, doctor, fetch];
      async function main(): Promise<void> {
        const network = await heatproof.loadNetwork('node_modules/heatproof/datasets/sample/network.yaml');
        const input = new Float32Array(3 * 128 * 128);
        const { heatmap }: Explanation = await explain(network, input, { method: 'lrp-zplus' });
        // @ts-expect-error: methods are strings
        const wrong = () => inspect(network, 1);
        console.log(heatmap.columns, inspect(network).layers.at(-1)?.rule, functions.length, typeof wrong);
      }
      void main();`,
    );
    const types = ['--typeRoots', resolve('node_modules/@types'), '--types', 'node'];
    const options = ['--module', module, '--target', 'es2022', '--strict', ...types];
    const compiled = await run(resolve('node_modules/.bin/tsc'), [...options, 'use.cts'], {
      cwd: project,
    }).catch((error) => error);
    expect(compiled.stdout).toBe('');
    const { stdout } = await run(process.execPath, ['use.cjs'], { cwd: project });
    expect(stdout).toBe('128 alpha2-beta1 5 function\n');
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
      console.log(network.labels[target], heatmap.columns, heatmap.rows, typeof wrong);
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
