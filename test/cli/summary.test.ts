import { afterEach, describe, expect, it, vi } from 'vitest';
import { printSummary } from '../../src/cli/summary.js';
import type { UnitResult } from '../../src/evaluation/unit.js';
import type { Experiment } from '../../src/experiment/config.js';
import { writeResults } from '../../src/results/results.js';
import { directoryOf, experimentOf, explanationOf, unitOf } from '../results/hand-made.js';
import { PERTURBED, perturbedUnits } from '../results/perturbed.js';

afterEach(() => vi.restoreAllMocks());

/** What a run of these units prints, line by line, without rules and spaces at the end. */
async function printed(experiment: Experiment, units: readonly UnitResult[]): Promise<string[]> {
  const { summary } = await writeResults(directoryOf(experiment, units));
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  printSummary(summary, '/out');
  const text = write.mock.calls.map(([piece]) => piece).join('');
  const lines = text.split('\n').map((line) => line.trimEnd());
  return lines.filter((line) => line !== '' && !line.startsWith('─'));
}

describe('what a run prints', () => {
  it('AOPC: the best of each column, intervals, and who is tied', async () => {
    expect(await printed(PERTURBED, perturbedUnits())).toMatchInlineSnapshot(`
      [
        "method     images          AOPC (MoRF)          AOPC (LeRF)                 ABPC",
        "lrp-zplus       2                *1.25               0.3333               0.9167",
        "                       [-8.28, 10.78]t     [-3.902, 4.569]t     [-4.378, 6.211]t",
        "random          2               0.5833                    –                    –",
        "                     [-0.4755, 1.642]t",
        "method     AOPC (MoRF) minus random  AOPC tied with",
        "lrp-zplus   0.6667 [-7.804, 9.137]t          random",
        "random                            –       lrp-zplus",
        "* best of its column; [low, high] interval over images; t Student's interval (below 8 images)",
        "too few images on net to separate any of 2 methods, however much they differ: 2, and it takes 6",
        "results: /out",
        "report:  /out/report.html",
      ]
    `);
  });

  it('the other families, by network, and what is to be known', async () => {
    const units = (network: string) => [
      unitOf('a', {
        network,
        labels: ['cat'],
        top: [{ label: 'cat', score: 1 }],
        classScores: { cat: 1 },
        explanations: [
          explanationOf('lrp-zplus', {
            relevance: { sum: 0, absolute: 5000, start: 1 },
            boxes: { outside_inside: 0.5, pointing_game: 1, mean_outside: 1, mean_inside: 2 },
            complexity: { entropy: 1, png_kb: 2.25 },
            robustness: { infidelity: 3 },
            sanity: {
              stages: [{ layers: 1, layer: 'fc', similarity: { spearman_absolute: 0.9 } }],
              metrics: { mprt: 0.9, random_logit_ssim: 0.25 },
            },
          }),
        ],
      }),
      unitOf('b', {
        network,
        explanations: [
          explanationOf('lrp-zplus', { boxes: { outside_inside: 1.5, mean_outside: 3, mean_inside: 2 } }),
        ],
      }),
    ];
    const boxes = { metrics: ['outside-inside', 'pointing-game'] };
    const experiment = experimentOf({ boxes, complexity: true, robustness: {}, sanity: {} }, [
      'net',
      'other',
    ]);
    expect(await printed(experiment, [...units('net'), ...units('other')])).toMatchInlineSnapshot(`
      [
        "method           images      outside-inside      pointing-game",
        "net lrp-zplus         2  1 [-5.353, 7.353]t  1 [0.2065, 1] n=1",
        "other lrp-zplus       2  1 [-5.353, 7.353]t  1 [0.2065, 1] n=1",
        "method           entropy  png_kb",
        "net lrp-zplus          1    2.25",
        "other lrp-zplus        1    2.25",
        "method           infidelity",
        "net lrp-zplus             3",
        "other lrp-zplus           3",
        "method           mprt  random_logit_ssim",
        "net lrp-zplus     0.9               0.25",
        "other lrp-zplus   0.9               0.25",
        "[low, high] interval over images; t Student's interval (below 8 images)",
        "accuracy of net: 100.0 % [20.7, 100.0] of 1 image",
        "accuracy of other: 100.0 % [20.7, 100.0] of 1 image",
        "mean average precision of net: 1",
        "mean average precision of other: 1",
        "numerically blown up: lrp-zplus on net, 1 explanations, sum of |R| up to 5.0e+3 times its start",
        "numerically blown up: lrp-zplus on other, 1 explanations, sum of |R| up to 5.0e+3 times its start",
        "hardly reacts to what net has learned: lrp-zplus, rank correlation of |R| 0.9 with the upper half of its layers random",
        "hardly reacts to what other has learned: lrp-zplus, rank correlation of |R| 0.9 with the upper half of its layers random",
        "results: /out",
        "report:  /out/report.html",
      ]
    `);
  });

  it('what was left out, once for all networks of which the same is true, else with their names', async () => {
    const failed = (network: string, image: string, reason: string) =>
      ({ key: `${network}/${image}`, network, image, status: 'failed', reason }) as const;
    const experiment = experimentOf({}, ['net', 'other', 'third']);
    const units = [
      ...['net', 'other', 'third'].map((network) => failed(network, 'a', 'broken')),
      ...['net', 'third'].map((network) => failed(network, 'b', 'too large')),
      failed('other', 'b', 'too small'),
    ];
    const lines = await printed(experiment, units);
    expect(lines.slice(0, 4)).toEqual([
      'failed: 3',
      '  a: broken',
      '  b on net, third: too large',
      '  b on other: too small',
    ]);
  });
});
