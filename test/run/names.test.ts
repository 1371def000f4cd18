import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { builtHere } from '../cli/heatproof.js';
import { plain } from '../perturbation/networks.js';
import { randomInputs, writeExperiment } from './experiment.js';
import { SmallRun } from './small-run.js';

/** Names that nobody planned for, through the whole command line. */
describe('names of images, classes, methods and networks', () => {
  const small = new SmallRun();
  afterAll(() => small.remove());
  const { graph, inputShape, classes } = { ...plain(1), classes: 5 };
  const ids = [
    '猫 1',
    '犬 1',
    'a b',
    'A b',
    'a_b',
    'é',
    'e\u0301',
    '=cmd',
    '+1',
    '-1',
    '@SUM(1)',
    '\u001b[31mred',
    'constructor',
  ];
  const inputs = Object.fromEntries(
    Object.values(randomInputs(ids.length, inputShape)).map((input, i) => [ids[i], input]),
  );
  const labels = ['\u001b]0;owned\u0007A', 'a\u0000x', '=cmd', '__proto__', '\u202egpj'].slice(0, classes);
  const composites = { '<b>\u001b[2J': [{ use: 'epsilon-plus' }], 'a.image': [{ use: 'epsilon-plus' }] };
  const perturbation = { region: 16, steps: 2 };

  const write = (name: string, changes: Record<string, unknown>): string => {
    const path = writeExperiment(join(small.folder, name), graph, inputs as never, changes);
    writeFileSync(join(small.folder, name, 'labels.txt'), `${labels.join('\n')}\n`);
    return path;
  };

  it('give every image files of its own, tables without formulas, charts, and a quiet terminal', async () => {
    const config = write('odd', {
      model: { name: '=net', weights: 'network.onnx', labels: './labels.txt' },
      methods: ['<b>\u001b[2J', 'random'],
      composites,
      perturbation,
      complexity: true,
      heatmaps: ids.length,
    });
    const out = join(small.folder, 'odd', 'out');
    const { code, stdout, stderr } = await builtHere(['run', config, '--out', out]);
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(stdout).toContain('<b>\\u001b[2J');
    const maps = readdirSync(join(out, 'heatmaps')).filter((name) => name.endsWith('.npy'));
    expect(maps).toHaveLength(ids.length * 2);
    const contents = maps.map((name) => readFileSync(join(out, 'heatmaps', name), 'latin1'));
    expect(new Set(contents).size).toBe(maps.length);
    for (const table of readdirSync(out).filter((name) => name.endsWith('.csv'))) {
      const cells = readFileSync(join(out, table), 'utf8').split(/[,\n]/);
      expect(
        cells.filter(
          (cell) => /^"?[=+@\t\r]/.test(cell) || (/^"?-/.test(cell) && Number.isNaN(Number(cell))),
        ),
      ).toEqual([]);
    }
    expect(readFileSync(join(out, 'curves.csv'), 'utf8')).toContain("\n'=cmd,");
  });

  it.each([
    ['a network named as a path', { model: { name: 'x/../../../up', weights: 'network.onnx' } }, 'no slash'],
    ['a network named ..', { model: { name: '..', weights: 'network.onnx' } }, 'not only dots'],
    [
      'a network with a control character',
      { model: { name: 'a\u001b', weights: 'network.onnx' } },
      'control character',
    ],
    ['an experiment named ..', { name: '..' }, 'not only dots'],
    [
      'methods that would share a file',
      { composites: { a: composites['a.image'], ...composites }, methods: ['a', 'a.image'] },
      "methods: 'a.image': expected another name",
    ],
  ])('%s is refused in one line', async (_, changes, said) => {
    const config = write('refused', { methods: ['random'], perturbation, ...changes });
    const { code, stderr } = await builtHere(['run', config], { cwd: join(small.folder, 'refused') });
    expect({ code, lines: stderr.split('\n').length }).toEqual({ code: 2, lines: 2 });
    expect(stderr).toContain(said);
    expect(existsSync(join(small.folder, 'refused', 'results'))).toBe(false);
  });

  it('two networks have plots and folders of their own inside the results', async () => {
    const model = ['a b', 'a_b'].map((name) => ({ name, weights: 'network.onnx' }));
    const config = write('two', {
      model,
      methods: ['random'],
      perturbation,
      heatmaps: 1,
      dataset: { type: 'tensors', root: 'inputs', limit: 2 },
    });
    const out = join(small.folder, 'two', 'out');
    expect((await builtHere(['run', config, '--out', out, '--quiet'])).code).toBe(0);
    expect(readdirSync(join(out, 'plots'))).toEqual(
      expect.arrayContaining(['aopc-morf-a%20b.png', 'aopc-morf-a_b.png']),
    );
    expect(readdirSync(join(out, 'heatmaps'))).toEqual(expect.arrayContaining(['a%20b', 'a_b']));
  });

  it('explain: labels with control characters, and inputs whose results would have one name', async () => {
    write('explained', {});
    const folder = join(small.folder, 'explained');
    writeFileSync(join(folder, 'net.yaml'), 'weights: network.onnx\nlabels: ./labels.txt\n');
    const explain = (...files: string[]) =>
      builtHere(
        ['explain', ...files, '--model', 'net.yaml', '--method', 'gradient-l2,random', '--out', 'out'],
        { cwd: folder },
      );
    for (const target of labels.keys()) {
      const { code, stdout, stderr } = await explain('--input', 'inputs/a_b.npy', '--target', String(target));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    }
    const { code, stderr } = await explain('a/x.jpg', 'b/x.random.jpg');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        "heatproof: name of an input (b/x.random.jpg): expected a different one each, since results are named after it, got 'x.random' of a/x.jpg, too\n",
    });
  });
});
