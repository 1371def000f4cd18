import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../src/files/npy.js';
import { loadNetwork } from '../../src/import/network.js';
import { builtHere } from './heatproof.js';

const SAMPLE = join(import.meta.dirname, '../../datasets/sample');
const IMAGE = join(SAMPLE, 'VOCdevkit/VOC2007/JPEGImages/000001.jpg');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof explain-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const explain = (methods: string, out: string, ...more: string[]) =>
  builtHere([
    'explain',
    IMAGE,
    ...['--model', join(SAMPLE, 'network.yaml'), '--method', methods, '--out', join(folder, out)],
    ...more,
  ]);

it('says where the picture of all methods is, with the five strongest classes', async () => {
  const { code, stdout } = await explain('lrp-zplus,sensitivity-l2', 'two');
  const lines = stdout.trimEnd().split('\n');
  expect(code).toBe(0);
  expect(lines.map((line) => line.split('  ')[0])).toEqual(
    ['000001.lrp-zplus.npy', '000001.sensitivity-l2.npy', '000001.png'].map((name) =>
      join(folder, 'two', name),
    ),
  );
  expect(lines[2]).toMatch(
    / {2}boat 6\.75 · rocket -6\.22 · balloon -6\.44 · butterfly -7\.00 · fish -7\.07$/,
  );
  expect((await explain('lrp-zplus', 'one')).stdout).toContain('000001.lrp-zplus.png  boat 6.75');
});

it('draws signals as a run does, where the config says that its data are such', async () => {
  const root = join(SAMPLE, '../..');
  const model = join(root, 'datasets/signals-sample/network.onnx');
  const { inputShape } = await loadNetwork({ weights: model });
  const [channels = 0, moments = 0] = inputShape;
  const array = join(folder, 'signal.npy');
  const wave = Float32Array.from({ length: channels * moments }, (_, i) => Math.sin(i));
  writeFileSync(array, writeNpy(inputShape, wave));
  const options = ['--method', 'sensitivity-l2', '--out', join(folder, 'signal')];
  const explained = async (subject: string[]) => {
    expect(await builtHere(['explain', '--input', array, ...subject, ...options])).toMatchObject({ code: 0 });
    const { height = 0 } = await sharp(join(folder, 'signal', 'signal.sensitivity-l2.png')).metadata();
    return { height, shape: readNpy(join(folder, 'signal', 'signal.sensitivity-l2.npy')).shape };
  };
  const plain = await explained(['--model', model]);
  expect(plain.shape).toEqual([1, moments]);
  const rows = await explained(['--config', join(root, 'configs/signals.yaml')]);
  expect(rows.shape).toEqual(inputShape);
  expect(rows.height).toBeGreaterThan(plain.height);
});

it('a broken image keeps no other from being explained', async () => {
  const cut = join(folder, 'cut.jpg');
  writeFileSync(cut, readFileSync(IMAGE).subarray(0, 2000));
  const about = ['--model', join(SAMPLE, 'network.yaml'), '--method', 'sensitivity-l2', '--json'];
  const both = await builtHere(['explain', cut, IMAGE, ...about, '--out', join(folder, 'both')]);
  expect(both.code).toBe(3);
  expect(both.stderr).toMatch(/^heatproof: not a readable image \(.*cut\.jpg\): [^\n]*\n$/);
  const one = await builtHere(['explain', IMAGE, ...about, '--out', join(folder, 'both')]);
  const facts = (stdout: string) => ({ ...JSON.parse(stdout), seconds: undefined });
  expect(facts(both.stdout)).toEqual(facts(one.stdout));
  expect((await builtHere(['explain', cut, ...about, '--out', join(folder, 'none')])).code).toBe(2);
});

it('puts the image behind the heatmaps, and gives them a common scale', async () => {
  const pixels = (out: string) =>
    sharp(join(folder, out, '000001.png'))
      .raw()
      .toBuffer();
  await explain('lrp-zplus,sensitivity-l2', 'plain');
  await explain('lrp-zplus,sensitivity-l2', 'overlay', '--overlay');
  await explain('lrp-zplus,sensitivity-l2', 'common', '--scale', 'common');
  const [plain, overlay, common] = await Promise.all(['plain', 'overlay', 'common'].map(pixels));
  expect(overlay?.length).toBe(plain?.length);
  expect(overlay?.equals(plain as Buffer)).toBe(false);
  expect(common?.equals(plain as Buffer)).toBe(false);
});

describe('--target', () => {
  const target = async (text: string, model = join(SAMPLE, 'network.yaml')) => {
    const args = ['explain', IMAGE, '--model', model, '--method', 'random', '--json'];
    const { code, stdout, stderr } = await builtHere([
      ...args,
      ...['--target', text, '--out', join(folder, 'target')],
    ]);
    return code === 0 ? JSON.parse(stdout) : stderr.trim();
  };

  it.each(['3', 'cactus', 'CACTUS'])('%s is a class by index or label', async (text) => {
    expect(await target(text)).toMatchObject({ target: 3, label: 'cactus' });
  });

  it('takes one of several names, and refuses a label that several classes have', async () => {
    const labels = 'boat, ship\ncrane\nbutterfly\ncrane\nclock\nfish\nguitar\nmug\nrocket\numbrella\n';
    writeFileSync(join(folder, 'labels.txt'), labels);
    const model = join(folder, 'two-cranes.yaml');
    const preprocessing = '{mean: 127.5, std: 64}';
    writeFileSync(
      model,
      `{weights: '${join(SAMPLE, 'network.onnx')}', preprocessing: ${preprocessing}, labels: ./labels.txt}`,
    );
    expect(await target('ship', model)).toMatchObject({ target: 0, label: 'boat, ship' });
    expect(await target('crane (3)', model)).toMatchObject({ target: 3 });
    const expected = "heatproof: --target: expected 'predicted', a class index of 0..9, or a label, got";
    expect(await target('crane', model)).toBe(
      `${expected} 'crane', which 2 classes are called: 1 (crane (1)), 3 (crane (3))`,
    );
    expect(await target('rokcet', model)).toBe(`${expected} 'rokcet' (did you mean 'rocket'?)`);
    expect(await target('10', model)).toBe(`${expected} '10'`);
    expect(await target('boat', join(SAMPLE, 'network.onnx'))).toBe(
      `${expected} 'boat', and the network has no labels`,
    );
  });
});

describe('--config', () => {
  const write = (model: unknown) => {
    const path = join(folder, 'experiment.yaml');
    const composites = { mine: [{ match: { position: 'first' }, rule: 'flat' }, { use: 'lrp-zplus' }] };
    const dataset = { type: 'folder', root: '.' };
    writeFileSync(
      path,
      JSON.stringify({ name: 'mine', model, dataset, composites, methods: ['mine', 'center'] }),
    );
    return path;
  };
  const NETWORK = join(SAMPLE, 'network.yaml');
  const explained = async (...args: string[]) => {
    const { code, stdout, stderr } = await builtHere([
      ...['explain', IMAGE, '--json', '--out', join(folder, 'config'), ...args],
    ]);
    const lines = stdout.split('\n').filter((line) => line !== '');
    return code === 0 ? lines.map((line) => JSON.parse(line).method) : stderr.trim();
  };

  it('explains by the network, methods and composites of an experiment', async () => {
    expect(await explained('--config', write(NETWORK))).toEqual(['mine', 'center']);
    expect(await explained('--config', write(NETWORK), '--method', 'mine')).toEqual(['mine']);
    const [mine, zplus] = ['mine', 'lrp-zplus'].map((id) => join(folder, 'config', `000001.${id}.npy`));
    await explained('--config', write(NETWORK), '--method', 'mine,lrp-zplus');
    expect(readFileSync(mine as string).equals(readFileSync(zplus as string))).toBe(false);
  });

  it('of several networks takes the one that is named', async () => {
    const networks = [NETWORK, { name: 'bare', weights: join(SAMPLE, 'network.onnx') }];
    const path = write(networks);
    expect(await explained('--config', path)).toBe(
      `heatproof: --config ${path} has several networks: expected --model with one of sample, bare`,
    );
    expect(await explained('--config', path, '--model', 'sample')).toEqual(['mine', 'center']);
  });

  it('or else a network and methods are asked for', async () => {
    expect(await explained('--model', NETWORK)).toBe(
      'heatproof: expected --method, or --config; see heatproof explain --help',
    );
  });
});

it('every picture names the class that it explains', async () => {
  const picture = async (target: string) => {
    await explain('center,edges', target, '--target', target);
    return ['000001.png', '000001.center.png'].map((name) => readFileSync(join(folder, target, name)));
  };
  // Heatmaps and strongest classes are the same: only the heading differs.
  const [fish, boat, again] = [await picture('fish'), await picture('boat'), await picture('2')];
  for (const [i, one] of fish.entries()) {
    expect(one.equals(boat[i] as Buffer)).toBe(false);
    expect(one.equals(again[i] as Buffer)).toBe(true);
  }
});
