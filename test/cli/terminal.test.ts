import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { listMethods } from '../../src/explain/methods.js';
import { commandOf, heatproof, heatproofHere, start } from './heatproof.js';

const SAMPLE = 'datasets/sample';

/** Runs a command in a terminal of so many columns. */
async function inColumns(columns: number, args: string[]) {
  const own = Object.getOwnPropertyDescriptor(process.stdout, 'columns');
  Object.defineProperty(process.stdout, 'columns', { configurable: true, writable: true, value: columns });
  try {
    return await heatproofHere(args);
  } finally {
    if (own) Object.defineProperty(process.stdout, 'columns', own);
    else Reflect.deleteProperty(process.stdout, 'columns');
  }
}

describe('the terminal', () => {
  it.each([80, 110])('shows methods in %i columns, each with its source', async (columns) => {
    const { code, stdout } = await inColumns(columns, ['methods']);
    const lines = stdout.split('\n');
    expect(code).toBe(0);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    for (const { id, source } of listMethods()) {
      expect(
        lines.some((line) => line.startsWith(`${id} `)),
        id,
      ).toBe(true);
      expect(stdout.replace(/\s+/g, ' ')).toContain(source);
    }
  });

  it('says its own version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect((await heatproof(['--version'])).stdout).toBe(`${version}\n`);
  });

  it.each(['--version', '--help', 'run --help', 'explain --help', 'gate --help'])(
    'answers %s without waiting for what work needs',
    async (args) => {
      const hooks = `import {writeSync} from 'node:fs';
        export async function resolve(specifier, context, next) {
          const resolved = await next(specifier, context);
          writeSync(2, resolved.url + '\\n');
          return resolved;
        }`;
      const url = `data:text/javascript,${encodeURIComponent(hooks)}`;
      const register = `import {register} from 'node:module'; register(${JSON.stringify(url)});`;
      const [node, main] = commandOf();
      const hooked = `--import=data:text/javascript,${encodeURIComponent(register)}`;
      const { code, stdout, stderr } = await start([node, hooked, main, ...args.split(' ')]).ended;
      expect([code, stdout]).toEqual([0, expect.stringMatching(/\S/)]);
      expect(stderr).toContain('/yargs/');
      expect(stderr).not.toMatch(/node_modules\/(@?napi|sharp|onnxruntime|zod|protobufjs|yaml|chart)/);
    },
  );

  it('suggests the command, option and method that were meant', async () => {
    expect((await heatproofHere(['methdos'])).stderr).toMatch(
      /unknown command 'methdos' \(did you mean 'methods'\?\)/,
    );
    expect((await heatproofHere(['methods', '--jsn'])).stderr).toMatch(/'--jsn' \(did you mean 'json'\?\)/);
    const misspelt = ['inspect', `${SAMPLE}/network.yaml`, '--method', 'lrp-zplsu'];
    expect((await heatproofHere(misspelt)).stderr).toMatch(
      /unknown method 'lrp-zplsu' \(did you mean 'lrp-zplus'\?\)/,
    );
  });
});

describe('for machines', () => {
  const json = async (...args: string[]) => JSON.parse((await heatproofHere([...args, '--json'])).stdout);

  it('methods', async () => {
    expect(await json('methods')).toEqual(listMethods());
  });

  it('inspect', async () => {
    expect(await json('inspect', `${SAMPLE}/network.yaml`)).toMatchObject({
      totals: { parameters: 163_930, multiplyAdds: 26_543_040 },
    });
  });

  it('doctor', async () => {
    const found = await json('doctor', '--model', `${SAMPLE}/network.yaml`);
    expect(found).toEqual({
      network: { name: 'sample', inputShape: [3, 128, 128], classes: 10, parameters: 163_930 },
    });
    const dataset = await json(
      'doctor',
      '--dataset',
      `${SAMPLE}/VOCdevkit/VOC2007/JPEGImages`,
      '--type',
      'folder',
    );
    expect(dataset).toMatchObject({ dataset: { ok: true } });
  });

  it('doctor --engines', async () => {
    const { engines } = await json('doctor', '--engines');
    expect(engines.map(({ engine }: { engine: string }) => engine)).toEqual(['onnxruntime', 'wasm', 'tfjs']);
    // That of TensorFlow.js may not be installed; it then says why.
    const results = engines.flatMap(({ results }: { results?: { what: string; difference: number }[] }) =>
      results ? [results] : [],
    );
    expect(results.length).toBeGreaterThanOrEqual(2);
    for (const one of results) {
      expect(one.map(({ what }: { what: string }) => what)).toEqual([
        'forward',
        'gradient',
        'lrp-alpha2-beta1',
      ]);
    }
    expect(results[0].every(({ difference }: { difference: number }) => difference === 0)).toBe(true);
    expect(Math.max(...results[1].map(({ difference }: { difference: number }) => difference))).toBeLessThan(
      1e-5,
    );
  }, 30_000);
});
