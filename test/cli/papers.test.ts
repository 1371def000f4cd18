import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pdfText } from '../report/pdf.js';
import { SmallRun } from '../run/small-run.js';
import { heatproofHere } from './heatproof.js';

/** A real run by the built command line, and what becomes of it in print. */
describe('a run for a paper', () => {
  const small = new SmallRun({ methods: ['lrp-zplus', 'gradient-l2', 'random'] });
  let run: string;
  beforeAll(async () => {
    run = await small.finish('run');
  });
  afterAll(() => small.remove());

  const figure = (folder: string, ...args: string[]) =>
    heatproofHere(['figure', run, '--out', small.out(folder), ...args]);

  it('is drawn as PDF by default, every chart of plots/', async () => {
    const { code, stdout } = await figure('all');
    expect(code).toBe(0);
    const plots = readdirSync(join(run, 'plots')).filter((name) => name.endsWith('.svg'));
    const files = readdirSync(small.out('all'));
    expect(files.sort()).toEqual(plots.map((name) => name.replace('.svg', '.pdf')).sort());
    expect(stdout.trimEnd().split('\n').sort()).toEqual(
      files.map((name) => join(small.out('all'), name)).sort(),
    );
    const text = pdfText(readFileSync(join(small.out('all'), 'score-morf.pdf')));
    for (const word of ['Score, most relevant regions first', 'score (logit)', 'lrp-zplus', 'random'])
      expect(text).toContain(word);
  });

  it('has the chosen methods, no title, no bands, at the width that is asked for', async () => {
    const chosen = [
      'aopc-morf',
      '--methods',
      'gradient-l2,lrp-zplus',
      '--width',
      '3.5in',
      '--format',
      'svg,png',
    ];
    expect((await figure('plain', ...chosen, '--no-title', '--no-bands')).code).toBe(0);
    expect(readdirSync(small.out('plain')).sort()).toEqual(['aopc-morf.png', 'aopc-morf.svg']);
    const svg = readFileSync(join(small.out('plain'), 'aopc-morf.svg'), 'utf8');
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]);
    expect(texts.slice(0, 2)).toEqual(['gradient-l2', 'lrp-zplus']);
    expect(texts.join(' ')).not.toMatch(/random|Most relevant/);
    expect(svg).toContain('width="252pt"');
    expect(svg).not.toContain('fill-opacity="0.149');
    // Colours as among all methods: the second and the first.
    expect(svg).toContain('#D55E00');
    expect(svg).not.toContain('#009E73');
    expect((await figure('banded', ...chosen)).code).toBe(0);
    const banded = readFileSync(join(small.out('banded'), 'aopc-morf.svg'), 'utf8');
    expect(banded).toContain('fill-opacity="0.149');
    expect(banded).toContain('Most relevant regions first');
  });

  it.each([
    [
      ['aopc-mor'],
      /^heatproof: figures: expected some of aopc-morf, .*, got 'aopc-mor' \(did you mean 'aopc-morf'\?\)\n$/,
    ],
    [['--format', 'eps'], /^heatproof: --format: expected some of png, svg, pdf, got 'eps'/],
    [
      ['--width', '8'],
      /^heatproof: --width \(figure\): expected 3cm to 119cm, in cm, mm, in or pt, got '8'\n$/,
    ],
    [['--width', '2km'], /got '2km'\n$/],
    [
      ['--methods', 'lrp'],
      /^heatproof: --methods: expected some of lrp-zplus, gradient-l2, random, got 'lrp'/,
    ],
  ])('refuses %j and writes nothing', async (args, message) => {
    const before = readdirSync(small.folder);
    expect(await figure('refused', ...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(message),
    });
    expect(readdirSync(small.folder)).toEqual(before);
  });

  it('is a table, with the numbers of aopc.csv', async () => {
    const { code, stdout } = await heatproofHere([
      'table',
      run,
      '--format',
      'csv',
      '--metrics',
      'aopc_morf,deletion_auc',
    ]);
    expect(code).toBe(0);
    const cells = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(','));
    const [header = [], ...rows] = cells(stdout);
    const [names = [], ...lines] = cells(readFileSync(join(run, 'aopc.csv'), 'utf8'));
    for (const column of ['aopc_morf', 'aopc_morf_ci_low', 'deletion_auc_ci_high', 'images'])
      expect(
        rows.map((row) => row[header.indexOf(column)]),
        column,
      ).toEqual(lines.map((line) => line[names.indexOf(column)]));

    const file = small.out('table.tex');
    const written = await heatproofHere([
      'table',
      run,
      '--format',
      'latex',
      '--methods',
      'lrp-zplus,random',
      '--out',
      file,
    ]);
    expect(written).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toMatch(
      /\\begin\{tabular\}\{lr+\}\n\\toprule\nMethod & \$n\$ & AOPC \(MoRF\) \$\\uparrow\$ &[\s\S]*\nrandom & 16 & [\s\S]*\\end\{tabular\}\n$/,
    );
    expect((await heatproofHere(['table', run])).stdout).toMatch(/^\| method \| n \| AOPC \(MoRF\) ↑ \|/);
    expect(await heatproofHere(['table', small.inputs])).toMatchObject({ code: 2, stdout: '' });
  });
});
