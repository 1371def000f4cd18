import { resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { wantedOf } from '../../src/bench/settings.js';
import { loadExperiment } from '../../src/experiment/config.js';
import { parseSetting, withSettings } from '../../src/experiment/settings.js';

const CONFIG = resolve('configs/quickstart.yaml');
const set = (config: unknown, ...texts: string[]) => withSettings(config, texts.map(parseSetting));

afterEach(() => vi.unstubAllEnvs());

describe('a setting', () => {
  it('is a key with dots and a value in YAML', () => {
    expect(parseSetting('perturbation.region=4')).toEqual({ key: 'perturbation.region', value: 4 });
    expect(parseSetting('methods=[random, "a=b"]')).toEqual({ key: 'methods', value: ['random', 'a=b'] });
    expect(parseSetting('name=a=b')).toEqual({ key: 'name', value: 'a=b' });
    expect(parseSetting('boxes={metrics: [pointing-game]}').value).toEqual({ metrics: ['pointing-game'] });
    vi.stubEnv('HEATPROOF_TEST_ROOT', '/data');
    expect(parseSetting(`dataset.root=\${HEATPROOF_TEST_ROOT}/voc`).value).toBe('/data/voc');
  });

  it.each([
    ['region', /^--set: expected key=value, as in perturbation\.region=4, got 'region'$/],
    ['=4', /^--set: expected key=value/],
    ['a..b=4', /^--set: expected key=value/],
    ['name=[a', /^--set \(name=\[a\): expected YAML, got /],
    [`name=\${HEATPROOF_UNSET}`, /^environment variable HEATPROOF_UNSET \(name=/],
  ])('is not %s', (text, message) => {
    expect(() => parseSetting(text)).toThrow(message);
  });

  it('takes the place of a value, makes keys, and reaches into lists', () => {
    const config = { a: { b: 1, c: 2 }, list: [{ x: 1 }, { x: 2 }] };
    const before = structuredClone(config);
    expect(set(config, 'a.b=5', 'list.1.x=7', 'd.e.f=true')).toEqual({
      a: { b: 5, c: 2 },
      list: [{ x: 1 }, { x: 7 }],
      d: { e: { f: true } },
    });
    expect(config).toEqual(before);
    expect(set({ a: 1 }, 'a=2', 'a=3')).toEqual({ a: 3 });
  });

  it('has no way into what has no keys, nor to the prototype of objects', () => {
    expect(() => set({ a: 'text' }, 'a.b=1')).toThrow(
      /^--set \(a\.b\): expected keys above 'b', got "text"$/,
    );
    expect(() => set({ a: [1] }, 'a.1=2')).toThrow(/^--set \(a\.1\): expected a place of 0\.\.0, got '1'$/);
    expect(() => set({ a: [1] }, 'a.length=2')).toThrow(/expected a place of 0\.\.0, got 'length'$/);
    const made = set({}, '__proto__.polluted=1', 'constructor.prototype.polluted=1') as object;
    expect(Object.keys(made)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('an experiment with settings', () => {
  it('is the same as if they stood in the file', async () => {
    const plain = await loadExperiment(CONFIG);
    const changed = await loadExperiment(CONFIG, [
      'perturbation.region=4',
      'dataset.limit=3',
      'statistics.level=0.9',
    ]);
    expect(changed).toEqual({
      ...plain,
      perturbation: { ...plain.perturbation, region: 4 },
      dataset: { ...plain.dataset, limit: 3 },
      statistics: { ...plain.statistics, level: 0.9 },
    });
  });

  it('takes relative paths from the file, as there', async () => {
    const { networks } = await loadExperiment(CONFIG, ['model=../datasets/sample/network.yaml']);
    expect(networks).toEqual((await loadExperiment(CONFIG)).networks);
  });

  it.each([
    [
      'perturbation.regio=4',
      /^unknown key 'regio' \(.*quickstart\.yaml with perturbation\.regio=4, key perturbation\) \(did you mean 'region'\?\)$/,
    ],
    ['perturbtion.region=4', /^unknown key 'perturbtion' .*did you mean 'perturbation'/],
    [
      'perturbation.region=none',
      /with perturbation\.region="none", key perturbation\.region\): .*got "none"/,
    ],
    ['perturbation.steps=0', /key perturbation\.steps\): .*got 0$/],
  ])('refuses %s', async (text, message) => {
    await expect(loadExperiment(CONFIG, [text])).rejects.toThrow(message);
  });
});

describe('what a bench perturbs', () => {
  it('can be set, and nothing else', () => {
    expect(wantedOf([])).toEqual({});
    expect(wantedOf(['perturbation.region=4', 'perturbation.steps=7'])).toEqual({ region: 4, steps: 7 });
    expect(() => wantedOf(['perturbation.stps=7'])).toThrow(
      /^unknown key 'stps' \(bench with perturbation\.stps=7, key perturbation\) \(did you mean 'steps'\?\)$/,
    );
    expect(() => wantedOf(['perturbation.region=0'])).toThrow(/key perturbation\.region\): .*got 0$/);
    expect(() => wantedOf(['engine=wasm'])).toThrow(/^unknown key 'engine' /);
  });
});
