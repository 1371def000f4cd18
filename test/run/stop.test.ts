import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../src/random.js';
import { builtHere, heatproofHere, startHeatproof } from '../cli/heatproof.js';
import { plain } from '../perturbation/networks.js';
import { hasRedis, needsRedis, RedisServer } from '../queue/redis-server.js';
import { computedUnits, contentsOf, journalReaches } from './directories.js';
import { writeExperiment } from './experiment.js';

const IMAGES = 90;

describe('a run that stops early', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof-stop-'));
  const { graph, inputShape } = plain(1);
  const inputs = Object.fromEntries(
    Array.from({ length: IMAGES }, (_, i) => [
      `image-${i}`,
      randomStream('stop', i).normals(inputShape.reduce((a, b) => a * b, 1)),
    ]),
  );
  afterAll(() => rmSync(folder, { recursive: true }));

  const out = (name: string) => join(folder, name);
  /** Writes a config of this name. */
  const write = (name: string, changes: object): string => {
    const path = join(folder, `${name}.yaml`);
    const config = {
      model: { name: 'network', weights: 'network.onnx' },
      methods: ['lrp-zplus', 'random', 'center'],
      perturbation: { region: 4, steps: 8 },
      ...changes,
    };
    renameSync(writeExperiment(folder, graph, inputs, config), path);
    return path;
  };
  const start = (config: string, name: string, ...args: string[]) =>
    startHeatproof(['run', config, '--out', out(name), '--quiet', ...args]);
  const json = (name: string, file: string) => JSON.parse(readFileSync(join(out(name), file), 'utf8'));
  const lines = (name: string, file: string) =>
    readFileSync(join(out(name), file), 'utf8')
      .trimEnd()
      .split('\n');

  /** Runs in this process. */
  const run = (config: string, name: string, ...args: string[]) =>
    builtHere(['run', config, '--out', out(name), '--quiet', ...args]);
  const finish = async (config: string, name: string, ...args: string[]) => {
    const ended = await run(config, name, ...args);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    return ended.stdout;
  };
  const imagesOf = (name: string): string[] => json(name, 'selection.json').images;

  /** How a run that is `whole` is made in other ways: each must end with the same image, and the same bytes. */
  const endsTheSame = (config: () => string, whole: () => string) => {
    it('ends with the same image, byte for byte, when it is killed and resumed with other numbers of workers, also after its end', async () => {
      const name = `${whole()}-killed`;
      const running = start(config(), name, '--workers', '2');
      await journalReaches(out(name), 4);
      running.kill('SIGKILL');
      await running.ended;
      expect(existsSync(join(out(name), 'summary.json'))).toBe(false);
      await finish(config(), name, '--workers', '3', '--resume');
      expect(contentsOf(out(name))).toEqual(contentsOf(out(whole())));
      const computed = computedUnits(out(name)).length;
      await finish(config(), name, '--resume');
      expect(contentsOf(out(name))).toEqual(contentsOf(out(whole())));
      expect(computedUnits(out(name))).toHaveLength(computed);
    });

    it.skipIf(!hasRedis)(`and when a worker at a queue does its units${needsRedis}`, async () => {
      const redis = new RedisServer();
      await redis.start();
      const name = `${whole()}-queue`;
      const worker = startHeatproof(['work', '--queue', redis.url, '--workers', '2', '--quiet']);
      await finish(config(), name, '--queue', redis.url);
      expect(contentsOf(out(name))).toEqual(contentsOf(out(whole())));
      expect(await worker.ended).toMatchObject({ code: 0, stderr: '' });
      await redis.remove();
    });

    it('and when shards are merged, which do all their images and say so', async () => {
      const shards = ['1', '2'].map((index) => `${whole()}-${index}`);
      for (const [i, name] of shards.entries()) {
        const ended = await run(config(), name, '--shard', `${i + 1}/2`);
        expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('it does all its images') });
      }
      const merged = out(`${whole()}-merged`);
      expect(await heatproofHere(['merge', ...shards.map(out), '--out', merged])).toMatchObject({ code: 0 });
      expect(contentsOf(merged)).toEqual(contentsOf(out(whole())));
    });
  };

  describe('by a confidence sequence of paired differences', () => {
    let config: string;
    let stdout: string;
    let images: string[];

    beforeAll(async () => {
      config = write('sign', { stop: { decide: ['random', 'center'], metric: 'aopc_morf' } });
      stdout = await finish(config, 'sign', '--workers', '1');
      images = imagesOf('sign');
    });

    it('says by which rule it was stopped and how many images that saved, and shows no interval', () => {
      expect(images.length).toBeGreaterThanOrEqual(50);
      expect(images.length).toBeLessThan(IMAGES);
      const saved = IMAGES - images.length;
      const sentence = `Stopped after ${images.length} of ${IMAGES} arrays (${saved} saved) by the confidence sequence of paired differences on aopc_morf.`;
      expect(stdout).toContain(sentence);
      expect(stdout).toMatch(
        /random is above center: mean difference 0\.\d+ over \d+ arrays, anytime-valid p = 0\.0\d+/,
      );
      const report = readFileSync(join(out('sign'), 'report.html'), 'utf8');
      expect(report).toContain(sentence);
      expect(report).toContain(`${saved} saved by stopping`);
      expect(report).not.toContain('Intervals cover');
      expect(report).not.toContain('"low":');
      const summary = json('sign', 'summary.json');
      expect(summary.stopping).toMatchObject({
        metric: 'aopc_morf',
        stopped: true,
        by: 'sign',
        images: images.length,
        of: IMAGES,
        watched: [{ method: 'random', than: 'center', images: images.length, doubts: [] }],
      });
      for (const { metrics } of summary.methods)
        for (const estimate of Object.values<object>(metrics))
          expect(Object.keys(estimate).sort()).toEqual(['images', 'value']);
      const [header = [], ...rows] = lines('sign', 'aopc.csv').map((line) => line.split(','));
      expect(rows).toHaveLength(3);
      const intervals = [...header.entries()].filter(([, name]) => /_ci_|_interval$/.test(name));
      expect(intervals.length).toBeGreaterThan(0);
      for (const row of rows) for (const [i] of intervals) expect(row[i]).toBe('');
    });

    it('does no more than it must: the units in hand when it was decided', () => {
      expect(lines('sign', 'journal.jsonl')).toHaveLength(images.length);
      expect(computedUnits(out('sign')).length).toBeLessThanOrEqual(images.length + 2);
    });

    it('has the images, and of each the numbers, that a limit of as many draws', async () => {
      await finish(write('limit', {}), 'limit', '--limit', String(images.length));
      expect(imagesOf('limit')).toEqual(images.toSorted());
      expect(images).not.toEqual(images.toSorted());
      expect(lines('limit', 'curves.csv').sort()).toEqual(lines('sign', 'curves.csv').sort());
      const summary = json('limit', 'summary.json');
      expect(summary.stopping).toBeUndefined();
      expect(summary.methods[0].metrics.aopc_morf.low).toBeTypeOf('number');
    });

    it('is not resumed by another rule', async () => {
      const other = write('sign', { stop: { decide: ['random', 'center'], metric: 'abpc' } });
      expect(await run(other, 'sign', '--resume')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/cannot resume .*stop\.metric: "aopc_morf" -> "abpc"/),
      });
      write('sign', { stop: { decide: ['random', 'center'], metric: 'aopc_morf' } });
    });

    it('shows no interval in tables for print, nor where it is compared', async () => {
      const { stdout: table } = await heatproofHere(['table', out('sign'), '--intervals']);
      expect(table).not.toMatch(/\[-?[\d.]+, -?[\d.]+\]/);
    });

    endsTheSame(
      () => config,
      () => 'sign',
    );
  });

  describe('by a few looks at up to `most` images', () => {
    let config: string;
    beforeAll(async () => {
      config = write('looks', {
        stop: { decide: ['random', 'center'], metric: 'aopc_morf', most: 40 },
        heatmaps: 40,
      });
      await finish(config, 'looks', '--workers', '1');
    });

    it('ends at a look', () => {
      const { images, of, stopped } = json('looks', 'summary.json').stopping;
      expect({ of, stopped }).toEqual({ of: 40, stopped: true });
      expect([8, 16, 24, 32]).toContain(images);
      const report = readFileSync(join(out('looks'), 'report.html'), 'utf8');
      expect(report).toContain('by the bounds of O&#39;Brien and Fleming at 5 looks on aopc_morf');
      expect(report).toContain('tables call all methods tied, even those whose order was decided');
    });

    it('keeps no heatmap of an image beyond its end', () => {
      const kept = readdirSync(join(out('looks'), 'heatmaps')).map((file) => file.split('.')[0]);
      expect([...new Set(kept)].sort()).toEqual(imagesOf('looks').toSorted());
    });

    endsTheSame(
      () => config,
      () => 'looks',
    );
  });

  it('by the width of an interval, which is then shown and narrow enough', async () => {
    const halfWidth = 0.06;
    const stdout = await finish(write('width', { stop: { halfWidth, metric: 'aopc_morf' } }), 'width');
    expect(stdout).toMatch(
      /Stopped after \d+ of 90 arrays \(\d+ saved\) by the rule of Chow and Robbins on aopc_morf/,
    );
    const { stopping, methods } = json('width', 'summary.json');
    expect(stopping.images).toBeGreaterThanOrEqual(50);
    expect(stopping.images).toBeLessThan(IMAGES);
    for (const { metrics } of methods) {
      const { low, high } = metrics.aopc_morf;
      expect((high - low) / 2).toBeLessThan(1.1 * halfWidth);
    }
  });

  it('not at all where nothing is decided: then intervals are those of every run', async () => {
    const config = write('undecided', { stop: { halfWidth: 1e-6, metric: 'abpc' } });
    const stdout = await finish(config, 'undecided', '--limit', '20');
    expect(stdout).toContain(
      'Not stopped: after all 20 arrays the rule of Chow and Robbins on abpc had not decided',
    );
    const { stopping, methods } = json('undecided', 'summary.json');
    expect(stopping).toMatchObject({ stopped: false, images: 20, of: 20 });
    expect(methods[0].metrics.abpc.low).toBeTypeOf('number');
    expect(json('undecided', 'selection.json').stopped).toBeUndefined();
  });

  it.each([
    [
      { decide: ['random', 'lrp-zplus'], metric: 'aopc' },
      {},
      /^heatproof: stop\.metric .*expected aopc_morf, .*got 'aopc'\n$/,
    ],
    [
      { decide: ['random', 'edges'], metric: 'abpc' },
      {},
      /^heatproof: stop\.decide: expected methods of the experiment, got 'edges'\n$/,
    ],
    [
      { decide: ['random', 'random'], metric: 'abpc' },
      {},
      /^heatproof: stop\.decide: 'random' stands there twice\n$/,
    ],
    [
      { decide: ['random', 'center'], metric: 'abpc', most: 91 },
      {},
      /^heatproof: stop\.most: expected at most the 90 of the run, got 91\n$/,
    ],
    [{ decide: ['random', 'center'] }, {}, /^heatproof: .*stop[^\n]*\n$/],
    [
      { decide: ['random', 'center'], halfWidth: 1, metric: 'abpc' },
      {},
      /^heatproof: [^\n]*key stop\): expected either decide or halfWidth, got [^\n]*\n$/,
    ],
    [
      { halfWidth: 1, most: 20, metric: 'abpc' },
      {},
      /^heatproof: [^\n]*key stop\): most: expected decide beside it, got [^\n]*\n$/,
    ],
    [{ halfWidth: 0, metric: 'abpc' }, {}, /^heatproof: .*stop[^\n]*\n$/],
    [
      { halfWidth: 1, metric: 'abpc' },
      { model: ['a', 'b'].map((name) => ({ name, weights: 'network.onnx' })) },
      /^heatproof: stop: expected one network, got 2: one run a network\n$/,
    ],
  ])('%j is refused in one line before anything is done', async (stop, changes, line) => {
    const config = write('refused', { stop, ...changes });
    expect(await run(config, 'refused')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(line),
    });
    expect(existsSync(out('refused'))).toBe(false);
  });
});
