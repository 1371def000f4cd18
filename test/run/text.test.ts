import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadExperiment } from '../../src/experiment/config.js';
import { openExperiment } from '../../src/experiment/open.js';
import { heatproof } from '../cli/heatproof.js';
import { makeTree } from '../datasets/tree.js';

const folder = mkdtempSync(join(tmpdir(), 'heatproof-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A table of the results, a record a row. */
function table(path: string): Record<string, string>[] {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
}

const SHORTCUTS = ['weather', 'cooking', 'garden'];
const OTHERS = ['sport', 'travel', 'music'];
const NETWORKS = ['linear', 'convolutional'];

describe('the embedded documents', () => {
  const out = join(folder, 'run');
  beforeAll(async () => {
    const settings = ['heatmaps=2', 'methods=[lrp-epsilon-0.01, random]', 'perturbation.steps=2'];
    const set = settings.flatMap((setting) => ['--set', setting]);
    const run = ['run', 'configs/text.yaml', ...set, '--out', out, '--quiet'];
    expect(await heatproof(run)).toMatchObject({ code: 0 });
  }, 120_000);

  it('give away the classes that were trained on a shortcut, by relevance', () => {
    const rows = table(join(out, 'context.csv')).filter(({ method }) => method === 'lrp-epsilon-0.01');
    const share = (network: string, name: string) =>
      Number(rows.find((row) => row.network === network && row.class === name)?.inside_total);
    for (const network of NETWORKS) {
      for (const name of SHORTCUTS) expect(share(network, name), `${network} ${name}`).toBeLessThan(0.003);
      for (const name of OTHERS) expect(share(network, name), `${network} ${name}`).toBeGreaterThan(0.62);
    }
    expect(share('linear', 'music')).toBeCloseTo(0.7543, 3);
    expect(share('convolutional', 'music')).toBeCloseTo(0.6291, 3);
  });

  it('and by removal: without its most relevant word every document of these is wrong, and none of the others', () => {
    const rows = table(join(out, 'curves.csv')).filter(
      ({ method, order, step }) => method === 'lrp-epsilon-0.01' && order === 'morf' && step === '1',
    );
    for (const network of NETWORKS) {
      for (const [classes, right] of [
        [SHORTCUTS, '0'],
        [OTHERS, '1'],
      ] as const) {
        const own = rows.filter((row) => row.network === network && classes.includes(row.class as string));
        expect(own.map((row) => row.right)).toEqual(Array(30).fill(right));
      }
    }
    const accuracy = table(join(out, 'accuracy.csv')).filter(({ method }) => method === 'lrp-epsilon-0.01');
    expect(
      accuracy.map(({ network, order, step, accuracy }) => [network, order, step, Number(accuracy)]),
    ).toEqual(
      NETWORKS.flatMap((network) => [
        [network, 'morf', '0', 1],
        [network, 'morf', '1', 0.5],
        [network, 'morf', '2', network === 'linear' ? 29 / 60 : 0.5],
        ...['0', '1', '2'].map((step) => [network, 'lerf', step, 1]),
      ]),
    );
  });

  it('are shown as words on coloured ground, from what the run kept', async () => {
    const report = readFileSync(join(out, 'report.html'), 'utf8');
    expect(report).toContain('2 of 60 texts are shown');
    expect(report).toMatch(
      /<h3>cooking-00 · linear<\/h3>[\s\S]*<span class="for-24" title="[\d.]+">sincerely<\/span>/,
    );
    expect(report).toContain('.text .for-24{background:rgb(103,0,31);color:#fff}');
    rmSync(join(out, 'report.html'));
    expect(await heatproof(['report', out])).toMatchObject({ code: 0 });
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toBe(report);
  }, 60_000);

  it('give the same bytes in shards, on two workers and resumed', async () => {
    const run = ['run', 'configs/text.yaml', '--limit', '4', '--set', 'methods=[lrp-epsilon-0.01, random]', '--set', 'perturbation.steps=2', '--quiet', '--out']; // biome-ignore format: one command
    const [whole, first, second, merged] = ['whole', 'first', 'second', 'merged'].map((name) => join(folder, name)) as [string, string, string, string]; // biome-ignore format: one line
    await heatproof([...run, whole, '--workers', '2']);
    await heatproof([...run, first, '--shard', '1/2', '--workers', '1']);
    await heatproof([...run, second, '--shard', '2/2', '--workers', '1']);
    expect(await heatproof(['merge', first, second, '--out', merged])).toMatchObject({ code: 0 });
    expect(readFileSync(join(merged, 'curves.csv'), 'utf8')).toBe(
      readFileSync(join(whole, 'curves.csv'), 'utf8'),
    );
    const journal = readFileSync(join(whole, 'journal.jsonl'), 'utf8');
    writeFileSync(join(whole, 'journal.jsonl'), journal.split('\n').slice(0, 3).join('\n').concat('\n'));
    expect(await heatproof([...run, whole, '--resume'])).toMatchObject({ code: 0 });
    expect(readFileSync(join(whole, 'journal.jsonl'), 'utf8')).toBe(journal);
  }, 120_000);

  it('are explained in the terminal; a document that is none keeps no other from it', async () => {
    const evil = ['\u001b[2Jregards', '<b>', '\u202ebc'];
    const files = makeTree({
      'documents.jsonl': `${JSON.stringify({ id: 'evil', tokens: evil })}\n{"id": "none"}\n`,
    });
    const { code, stdout, stderr } = await heatproof([
      'explain', join(files, 'documents.jsonl'), '--model', 'configs/models/text-sample-convolutional.yaml',
      '--method', 'lrp-epsilon-0.01', '--out', files,
    ]); // biome-ignore format: one command
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('line 2): expected either tokens or text, got neither\n'),
    ]);
    expect(stdout).toContain('lrp-epsilon-0.01: ');
    expect(stdout).toContain('\\u001b[2Jregards');
    for (const control of ['\u001b', '\u202e']) expect(stdout).not.toContain(control);
  });

  it.each<[string, object, RegExp]>([
    [
      'a region that is no word',
      { perturbation: { region: 4, steps: 2, fill: 'zero' } },
      /^region \(texts\): expected word, got 4$/,
    ],
    [
      'a fill of images',
      { perturbation: { region: 'word', steps: 2 } },
      /^perturbation.fill \(network linear\): expected one that stands for a word: zero, pad, unknown, got uniform$/,
    ],
    [
      'a bag for a network of ids',
      { model: { weights: resolve('datasets/text-sample/convolutional.onnx'), words: { bag: 'counts' } } },
      /^words \(network bad\): expected no bag, since the network reads ids of words, got counts$/,
    ],
    [
      'no bag for one of numbers',
      { model: { weights: resolve('datasets/text-sample/linear.onnx') } },
      /^words \(network bad\): expected bag, since the network reads no ids of words, got an input of \[107\]$/,
    ],
  ])('end in one line with %s', async (_, changes, message) => {
    const config = {
      name: 'bad',
      model: resolve('configs/models/text-sample-linear.yaml'),
      dataset: { type: 'text', root: resolve('datasets/text-sample/documents') },
      methods: ['random'],
      ...changes,
    };
    const root = makeTree({ 'bad.yaml': stringify(config) });
    const opened = loadExperiment(join(root, 'bad.yaml')).then(openExperiment);
    await expect(opened).rejects.toThrow(message);
  });
});
