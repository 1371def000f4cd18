import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startHeatproof } from '../cli/heatproof.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-gallery-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('the gallery outlines the boxes of the explained class', async () => {
  const command = ['run', 'configs/quickstart.yaml', '--limit', '1', '--out', folder, '--quiet'];
  expect(await startHeatproof(command).ended).toMatchObject({ code: 0 });
  const report = readFileSync(join(folder, 'report.html'), 'utf8');
  const [, image] = /<h3 id="image-0">(\d+)</.exec(report) ?? [];
  const annotation = readFileSync(`datasets/sample/VOCdevkit/VOC2007/Annotations/${image}.xml`, 'utf8');
  const corners = ['xmin', 'ymin', 'xmax', 'ymax'].map((name) =>
    Array.from(annotation.matchAll(new RegExp(`<${name}>(\\d+)<`, 'g')), ([, value]) => Number(value)),
  );
  // The sample's images are as large as the network's input; VOC counts pixels from 1, and the last one is inside.
  const [left = [], top = [], right = [], bottom = []] = corners;
  const expected = left.map((x, i) => [
    x - 1,
    Number(top[i]) - 1,
    Number(right[i]) - x + 1,
    Number(bottom[i]) - Number(top[i]) + 1,
  ]);
  const outlines = report.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g);
  expect(Array.from(outlines, ([, ...numbers]) => numbers.map(Number))).toEqual(expected);
}, 60_000);
