import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { heatproof } from './heatproof.js';

const SAMPLE = join(import.meta.dirname, '../../datasets/sample');
const IMAGE = join(SAMPLE, 'VOCdevkit/VOC2007/JPEGImages/000001.jpg');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof explain-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const explain = (methods: string, out: string, ...more: string[]) =>
  heatproof([
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
