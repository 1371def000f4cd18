import { describe, expect, it } from 'vitest';
import { latexText } from '../../src/files/latex.js';
import { markdownText } from '../../src/files/markdown.js';
import { formatPaperTable } from '../../src/papers/formats.js';
import { paperTable } from '../../src/papers/table.js';
import { readFinished } from '../../src/results/finished.js';
import { experimentOf, explanationOf, finishedOf, unitOf } from '../results/hand-made.js';

const IMAGES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

/** A finished run whose Gini index of the i-th image by a method is that of `gini`. */
async function runOf(
  gini: Readonly<Record<string, (i: number) => number | undefined>>,
  networks = ['net'],
  images = IMAGES,
) {
  const experiment = experimentOf({ methods: Object.keys(gini), complexity: true }, networks);
  const units = networks.flatMap((network) =>
    images.map((image, i) =>
      unitOf(image, {
        network,
        key: `${network}/${image}`,
        explanations: Object.entries(gini).map(([method, of]) => {
          const value = of(i);
          return explanationOf(method, {
            complexity: value === undefined ? {} : { gini: value, entropy: 1 },
          });
        }),
      }),
    ),
  );
  return readFinished((await finishedOf(experiment, units)).path);
}

const noise = (i: number) => (i % 2) / 100;
/** The first two cross from image to image; the third is lower in every one. */
const GINI = {
  'lrp-zplus': (i: number) => 0.5 + noise(i),
  'gradient-l2': (i: number) => 0.505 - noise(i) / 2,
  random: (i: number) => 0.1 + noise(i),
};
const ALL = { intervals: true };

describe('a table for print', () => {
  it('has the best of a column and what is tied with it in bold', async () => {
    const { columns, groups } = paperTable(await runOf(GINI), { ...ALL, metrics: 'gini,entropy' });
    expect(columns.map(({ id }) => id)).toEqual(['gini', 'entropy']);
    // Of ten images all signs alike: p = 2 / 2^10, times three pairs.
    expect(groups[0]?.rows.map(({ method, images, cells }) => [method, images, cells[0]?.best])).toEqual([
      ['lrp-zplus', 10, true],
      ['gradient-l2', 10, true],
      ['random', 10, false],
    ]);
    // Nothing differs in entropy: all are best, if one end of it is.
    const entropy = groups[0]?.rows.map(({ cells }) => cells[1]?.best);
    expect(entropy).toEqual(new Array(3).fill(columns[1]?.direction !== 'neutral'));
  });

  it('has ranks in the place of values, with what ties leave open', async () => {
    const run = await runOf(GINI);
    const choice = { ...ALL, ranks: true, metrics: 'gini' };
    expect(formatPaperTable(paperTable(run, choice), 'markdown')).toContain(
      [
        '| lrp-zplus | 10 | **1** \\[1, 2\\] |',
        '| gradient-l2 | 10 | **2** \\[1, 2\\] |',
        '| random | 10 | 3 \\[3, 3\\] |',
      ].join('\n'),
    );
    const ranksIn = (table: ReturnType<typeof paperTable>) =>
      table.groups[0]?.rows.map(({ cells }) => cells[0]?.estimate.value);
    // Among fewer methods ranks are others.
    expect(ranksIn(paperTable(run, { ...choice, methods: 'random,gradient-l2' }))).toEqual([2, 1]);
    expect(() => paperTable(run, { ...choice, metrics: 'abpc' })).toThrow();
  });

  it('takes rows and columns as chosen, and refuses others', async () => {
    const run = await runOf(GINI);
    const { groups } = paperTable(run, { ...ALL, methods: 'random, lrp-zplus', metrics: 'gini' });
    expect(groups[0]?.rows.map(({ method, cells }) => [method, cells.length, cells[0]?.best])).toEqual([
      ['random', 1, false],
      ['lrp-zplus', 1, true],
    ]);
    expect(
      paperTable(run, { ...ALL, methods: 'random' }).groups[0]?.rows[0]?.cells.every(
        (cell) => cell?.best === false,
      ),
    ).toBe(true);
    expect(() => paperTable(run, { ...ALL, methods: 'randon' })).toThrow(
      /^--methods: expected some of lrp-zplus, gradient-l2, random, got 'randon' \(did you mean 'random'\?\)$/,
    );
    expect(() => paperTable(run, { ...ALL, metrics: 'gin' })).toThrow(
      /^--metrics: expected some of .*gini.*, got 'gin'/,
    );
    expect(() => paperTable(run, { ...ALL, metrics: 'gini,gini' })).toThrow(
      /^--metrics: 'gini' stands there twice$/,
    );
  });

  it('is LaTeX, Markdown and CSV', async () => {
    const run = await runOf(
      { 'lrp-zplus': (i) => -0.2 - noise(i), random: (i) => (i === 0 ? undefined : 0.1) },
      ['net'],
      ['a', 'b', 'c'],
    );
    const table = paperTable(run, { ...ALL, metrics: 'gini' });
    const latex = formatPaperTable(table, 'latex').split('\n');
    expect(latex[0]).toBe('% Run hand, heatproof 0.');
    // Two methods are one pair, whose smallest p of n images is 2 / 2^n: at most 0.05 from n = 6 on.
    expect(latex[3]).toBe(
      '% All of a column is bold where it has fewer than 6 images: they cannot separate 2 methods.',
    );
    expect(latex.slice(5)).toEqual([
      '\\begin{tabular}{lrr}',
      '\\toprule',
      'Method & $n$ & Gini index $\\uparrow$ \\\\',
      '\\midrule',
      // Student's interval of -0.2, -0.21, -0.2: 4.3027 * 0.0057735 / sqrt(3) around -0.20333.
      'lrp-zplus & 3 & \\textbf{$-$0.203} [$-$0.218, $-$0.189]$^{t}$ \\\\',
      'random & 3 & \\textbf{0.100} [?] \\\\',
      '\\bottomrule',
      '\\end{tabular}',
      '',
    ]);
    expect(latex[1]).toContain("t: Student's interval (below 8 images); ?: interval unknown");
    const markdown = formatPaperTable(table, 'markdown').split('\n');
    expect(markdown.slice(0, 4)).toEqual([
      '| method | n | Gini index ↑ |',
      '| --- | ---: | ---: |',
      '| lrp-zplus | 3 | **−0.203** \\[−0.218, −0.189\\]t |',
      '| random | 3 | **0.100** \\[?\\] |',
    ]);
    const [header, first, second] = formatPaperTable(table, 'csv').split('\n');
    expect(header).toBe(
      'network,method,images,gini,gini_ci_low,gini_ci_high,gini_interval,gini_images,gini_best',
    );
    expect(first).toMatch(/^net,lrp-zplus,3,-0\.2033\d+,-0\.217\d+,-0\.188\d+,student,3,yes$/);
    expect(second).toBe('net,random,3,0.1,,,,2,yes');
  });

  it('has no intervals where they are not wanted, nor says a word of them', async () => {
    const table = paperTable(await runOf(GINI), { intervals: false, metrics: 'gini' });
    for (const format of ['latex', 'markdown'] as const) {
      const text = formatPaperTable(table, format);
      expect(text).not.toMatch(/ \\?\[|interval/);
      expect(text).toContain('Means over images.');
    }
  });

  it('has a part for each network', async () => {
    const table = paperTable(await runOf({ random: noise, 'lrp-zplus': noise }, ['net_1', 'net & 2']), {
      ...ALL,
      metrics: 'gini',
    });
    expect(formatPaperTable(table, 'latex')).toContain(
      '\\midrule\n\\multicolumn{3}{l}{\\emph{net \\& 2}} \\\\\nrandom & 10 &',
    );
    expect(formatPaperTable(table, 'markdown')).toMatch(/\n\| net\\_1 \| random \| 10 \| /);
  });

  it('lets no name out of its cell', () => {
    expect(latexText('a_b&c%#$^~{x}\\cmd--b')).toBe(
      'a\\_b\\&c\\%\\#\\$\\textasciicircum{}\\textasciitilde{}\\{x\\}\\textbackslash{}cmd{-}-b',
    );
    expect(latexText('line\nbreak × −1')).toBe('line break $\\times$ $-$1');
    expect(markdownText('a|b\n[x](y) <b> `c`')).toBe('a\\|b \\[x\\](y) \\<b\\> \\`c\\`');
  });

  it('gives spreadsheets no formulas', async () => {
    const table = paperTable(await runOf({ random: noise, 'lrp-zplus': noise }, ['=cmd()']), {
      ...ALL,
      metrics: 'gini',
    });
    expect(formatPaperTable(table, 'csv')).toContain("\n'=cmd(),random,");
  });

  it('writes no minus before what rounds to zero', async () => {
    const table = paperTable(await runOf({ random: () => 1, 'lrp-zplus': () => -0.001 }), {
      intervals: false,
      metrics: 'gini',
    });
    expect(formatPaperTable(table, 'markdown')).toContain('| lrp-zplus | 10 | 0.00 |');
  });

  it('writes very small and very large numbers with powers of ten', async () => {
    const table = paperTable(
      await runOf({ random: (i) => 1.5e-7 + noise(i) * 1e-7, 'lrp-zplus': () => -2e-8 }),
      { intervals: false, metrics: 'gini' },
    );
    expect(formatPaperTable(table, 'latex')).toMatch(/lrp-zplus & 10 & \$-\$2\.00\$\\cdot 10\^\{-8\}\$ \\\\/);
    expect(formatPaperTable(table, 'markdown')).toContain('| −2.00e−8 |');
  });
});
