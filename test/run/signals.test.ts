import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../src/files/npy.js';
import { builtHere } from '../cli/heatproof.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-signals-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A table of the results, a record a row. */
function table(path: string): Record<string, string>[] {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

describe('the embedded recording', () => {
  const out = join(folder, 'run');
  let stdout: string;
  beforeAll(async () => {
    const run = ['run', 'configs/signals.yaml', '--set', 'heatmaps=3', '--out', out, '--quiet'];
    const ended = await builtHere(run);
    expect(ended).toMatchObject({ code: 0 });
    stdout = ended.stdout;
  }, 120_000);

  it('shows that the network looks at the eyes: by relevance, and by removal', () => {
    const ratios = table(join(out, 'groups.csv'));
    const of = (method: string, group: string) =>
      Number(ratios.find((row) => row.method === method && row.group === group)?.outside_inside);
    expect(of('lrp-epsilon-1e-6', 'eyes')).toBeLessThan(0.01);
    expect(of('lrp-epsilon-1e-6', 'hands')).toBeGreaterThan(50);
    expect(of('random', 'eyes')).toBeCloseTo(1, 1);
    const removed = table(join(out, 'groups-removed.csv'));
    expect(
      removed.map(({ group, accuracy, accuracy_without }) => [
        group,
        Number(accuracy),
        Number(accuracy_without),
      ]),
    ).toEqual([
      ['eyes', 1, 0.625],
      ['hands', 1, 1],
    ]);
    expect(stdout).toContain('made without the 2 channels of eyes: accuracy 0.625');
  });

  it('is called signals everywhere, and its columns of files images', () => {
    expect(stdout).toMatch(/^method +signals +AOPC/);
    expect(stdout).toContain('interval over signals\n');
    expect(stdout).toContain(' of 24 signals\n');
    expect(stdout).not.toMatch(/image/);
    const report = readFileSync(join(out, 'report.html'), 'utf8').replace(
      /<section id="records".*<\/section>/s,
      '',
    );
    for (const words of ['<dt>signals</dt>', 'intervals over signals', '"x":"stretches replaced"'])
      expect(report).toContain(words);
    expect(report).toContain('Stretches of 1 × 16 (channels × moments) were replaced');
    expect(report.replace(/<(script|style)[^>]*>.*?<\/\1>|<[^>]*>/gs, ' ')).not.toMatch(/image|region/);
    expect(Object.keys(table(join(out, 'aopc.csv'))[0] ?? {})[1]).toBe('images');
  });

  it('has relevance where the half wave of the eyes was planted: 0.3 to 0.8 s on one of two channels', () => {
    const { shape, data } = readNpy(join(out, 'heatmaps', 'run-000.lrp-epsilon-1e-6.npy'));
    expect(shape).toEqual([8, 128]);
    let [inside, all] = [0, 0];
    for (const [at, value] of data.entries()) {
      const [row, second] = [Math.floor(at / 128), (at % 128) / 64];
      all += Math.abs(value);
      if (row < 2 && second >= 0.2 && second <= 0.9) inside += Math.abs(value);
    }
    expect(inside / all).toBeGreaterThan(0.95);
  });

  it('is pictured: signals and means by class, in files and in the report', async () => {
    const png = (path: string) => readFileSync(join(out, path)).subarray(1, 4).toString();
    expect([
      png('heatmaps/run-000.png'),
      png('plots/relevance-by-class.png'),
      png('plots/groups.png'),
    ]).toEqual(['PNG', 'PNG', 'PNG']);
    const report = readFileSync(join(out, 'report.html'), 'utf8');
    expect(report).toContain('3 of 24 signals are shown');
    expect(report.match(/<figure class="signal">/g)).toHaveLength(4);
    rmSync(join(out, 'report.html'));
    expect(await builtHere(['report', out])).toMatchObject({ code: 0 });
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toBe(report);
  }, 60_000);

  it('is looked over by doctor', async () => {
    const { code, stdout: said } = await builtHere([
      'doctor', '--dataset', 'datasets/signals-sample/recordings', '--type', 'signals',
    ]); // biome-ignore format: one command
    expect([code, said]).toEqual([0, expect.stringContaining('24 samples ready to use')]);
  }, 60_000);

  it('that is cut ends in one line, exit 2', async () => {
    const root = join(folder, 'cut');
    cpSync('datasets/signals-sample/recordings', root, { recursive: true });
    truncateSync(join(root, 'run.edf'), 40_000);
    const config = readFileSync('configs/signals.yaml', 'utf8')
      .replaceAll('../datasets/signals-sample/recordings', root)
      .replaceAll('../datasets', resolve('datasets'));
    writeFileSync(join(folder, 'cut.yaml'), config);
    const { code, stderr } = await builtHere([
      'run',
      join(folder, 'cut.yaml'),
      '--out',
      join(folder, 'none'),
      '--quiet',
    ]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^heatproof: size \(.*run.edf\): expected \d+ bytes, 61 data records, got 40000, a cut file\n$/,
      ),
    ]);
  }, 60_000);
});
