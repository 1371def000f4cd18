import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { heatmapFolder, heatmapStem, imageStem } from '../../src/evaluation/heatmaps.js';
import { writeResults } from '../../src/results/results.js';
import { startHeatproof } from '../cli/heatproof.js';
import { csvOf, directoryOf, experimentOf, explanationOf, unitOf } from './hand-made.js';

describe('a run of 3,000 classes', () => {
  const CLASSES = 3000;
  const numbers = Array.from({ length: CLASSES }, (_, number) => number);
  const measures = (inside: number) => ({ outside_inside: 1 / inside, mean_outside: 1, mean_inside: inside });
  const units = numbers.map((number) =>
    unitOf(`image ${number}`, {
      explanations: ['lrp-zplus', 'random'].map((method) =>
        explanationOf(method, { class: `class ${number}`, boxes: measures(number + 1) }),
      ),
    }),
  );
  const directory = directoryOf(experimentOf({ boxes: {}, methods: ['lrp-zplus', 'random'] }), units);
  const written = writeResults(directory);

  it('has all of them in its tables', async () => {
    expect((await written).undrawn).toEqual([]);
    expect(csvOf(directory, 'context.csv')).toHaveLength(2 * (CLASSES + 1));
  });

  it('draws those with the largest ratios, and says so', async () => {
    await written;
    const svg = readFileSync(directory.file('plots/context.svg'), 'utf8');
    const drawn = numbers.filter((number) => svg.includes(`>class ${number} (n = 1)<`));
    expect(drawn).toEqual(numbers.slice(0, 120));
    const texts = Array.from(svg.matchAll(/>([^<>]+)<\/text>/g), ([, text]) => text);
    expect(texts.join(' ')).toContain('the 120 largest of 3000; the tables have all');
    const { width = 0, height = 0 } = await sharp(directory.file('plots/context.png')).metadata();
    expect(width * height).toBeLessThan(20e6);
  });

  it('shows the same in its report', async () => {
    await written;
    const report = readFileSync(directory.file('report.html'), 'utf8');
    const bars = { finding: 2, context: 240 };
    expect(report.match(/<svg class="bar"/g)).toHaveLength(bars.finding + bars.context);
    expect(report).toContain('the 120 largest of 3000; the tables have all');
  });
});

describe('a picture that cannot be drawn', () => {
  const experiment = experimentOf({ complexity: true, heatmaps: 2, methods: ['lrp-zplus'] }, [
    'net',
    'other',
  ]);
  const unit = (image: string, network: string) =>
    unitOf(image, {
      network,
      explanations: [explanationOf('lrp-zplus', { complexity: { entropy: 3, gini: 0.5 } })],
    });
  const units = ['net', 'other'].flatMap((network) => ['a', 'b'].map((image) => unit(image, network)));

  /** A run whose kept heatmap of image `a` is damaged; plots stand where no folder can be made. */
  async function damagedRun() {
    const directory = directoryOf(experiment, units);
    const stem = imageStem('a');
    const map = `${heatmapStem(heatmapFolder(directory.heatmaps, 'net', true), stem, 'lrp-zplus')}.image.npy`;
    mkdirSync(dirname(map), { recursive: true });
    writeFileSync(map, 'no array');
    const grey = sharp({ create: { width: 2, height: 2, channels: 3, background: 'grey' } });
    await grey.png().toFile(`${directory.heatmaps}/${stem}.image.png`);
    // Of an earlier look at the run.
    for (const file of ['report.html', `heatmaps/${stem}.png`]) writeFileSync(directory.file(file), 'old');
    return directory;
  }

  it('is named, takes no numbers with it and leaves no earlier one in its place', async () => {
    const directory = await damagedRun();
    const { summary, undrawn } = await writeResults(directory);
    expect(undrawn.map(({ files }) => files)).toEqual([['heatmaps/a.png'], ['report.html']]);
    expect(undrawn[0]?.reason).toContain('.npy');
    for (const { files } of undrawn) {
      for (const file of files) expect(existsSync(directory.file(file))).toBe(false);
    }
    expect(JSON.parse(readFileSync(directory.file('summary.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(summary)),
    );
    expect(csvOf(directory, 'complexity.csv')).toHaveLength(2);
  });

  it('on the command line: a line each, exit code 3', async () => {
    const directory = await damagedRun();
    const { code, stdout, stderr } = await startHeatproof(['report', directory.path]).ended;
    expect(code).toBe(3);
    expect(stdout).toContain('lrp-zplus');
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^heatproof: not drawn: heatmaps\/a\.png \(.*\); all numbers are written$/),
      expect.stringMatching(/^heatproof: not drawn: report\.html \(.*\); all numbers are written$/),
    ]);
  });

  it('also where the folder of the plots cannot be made', async () => {
    const perturbed = directoryOf(
      experimentOf({ boxes: {}, methods: ['lrp-zplus'] }),
      ['a', 'b'].map((image) =>
        unitOf(image, {
          explanations: [
            explanationOf('lrp-zplus', { boxes: { outside_inside: 1, mean_outside: 1, mean_inside: 1 } }),
          ],
        }),
      ),
    );
    writeFileSync(perturbed.file('plots'), 'a file of the user');
    const { undrawn } = await writeResults(perturbed);
    expect(undrawn.map(({ files }) => files)).toEqual([['plots/context.png', 'plots/context.svg']]);
    expect(existsSync(perturbed.file('report.html'))).toBe(true);
    expect(readFileSync(perturbed.file('plots'), 'utf8')).toBe('a file of the user');
  });
});
