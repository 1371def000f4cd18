import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeTree } from '../datasets/tree.js';
import { builtHere } from './heatproof.js';

const SAMPLE = resolve('datasets/sample');
const YEAR = 'VOCdevkit/VOC2007';

/** The sample's first images with classes renamed, in a folder of their own; returns the experiment's path. */
function renamed(words: Readonly<Record<string, string>>, count: number, config: object = {}): string {
  const list = readFileSync(join(SAMPLE, YEAR, 'ImageSets/Main/test.txt'), 'utf8');
  const ids = list.trim().split('\n').slice(0, count);
  const word = (name: string) => new Map(Object.entries(words)).get(name) ?? name;
  const folder = makeTree({
    [`${YEAR}/ImageSets/Main/test.txt`]: ids.join('\n'),
    'classes.txt': readFileSync(join(SAMPLE, 'classes.txt'), 'utf8').trim().split('\n').map(word).join('\n'),
    ...Object.fromEntries(
      ids.map((id) => {
        const xml = readFileSync(join(SAMPLE, YEAR, 'Annotations', `${id}.xml`), 'utf8');
        const own = xml.replace(/<name>(\w+)<\/name>/g, (_, name) => `<name>${word(name)}</name>`);
        return [`${YEAR}/Annotations/${id}.xml`, own];
      }),
    ),
  });
  mkdirSync(join(folder, YEAR, 'JPEGImages'));
  for (const id of ids)
    cpSync(join(SAMPLE, YEAR, 'JPEGImages', `${id}.jpg`), join(folder, YEAR, 'JPEGImages', `${id}.jpg`));
  const path = join(folder, 'experiment.yaml');
  const preprocessing = { resize: [128, 128], mean: 127.5, std: 64 };
  const experiment = {
    name: 'words',
    model: { name: 'sample', weights: join(SAMPLE, 'network.onnx'), preprocessing, labels: './classes.txt' },
    dataset: { type: 'voc', root: YEAR, labels: './classes.txt' },
    methods: ['gradient-l2', 'random'],
    boxes: {},
    ...config,
  };
  writeFileSync(path, stringify(experiment));
  return path;
}

describe('classes may be called anything', () => {
  it('like what every object has, or like the rows of tables', async () => {
    const words = {
      boat: 'all',
      balloon: 'mean',
      fish: 'constructor',
      cactus: 'toString',
      rocket: '__proto__',
    };
    const config = renamed(words, 20);
    const out = join(config, '../out');
    const ended = await builtHere(['run', config, '--out', out, '--workers', '1', '--quiet']);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    const lines = readFileSync(join(out, 'context.csv'), 'utf8').trim().split('\n').slice(1);
    const classes = lines.map((line) => line.split(',').slice(0, 3).join());
    expect(new Set(classes.map((line) => line.split(',').slice(0, 2).join())).size).toBe(classes.length);
    expect(classes).toContain('all classes,random,20');
    for (const word of Object.values(words))
      expect(classes).toContainEqual(expect.stringContaining(`${word},random,`));
    const summary = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(Object.keys(summary.averagePrecision.sample.classes)).toEqual(
      expect.arrayContaining(Object.values(words)),
    );
  });

  it('and are missed in a class map by name', async () => {
    const config = renamed({ boat: 'constructor' }, 2, { scoring: { map: './map.yaml' } });
    writeFileSync(join(config, '../map.yaml'), '{mug: [5]}');
    const ended = await builtHere(['run', config, '--out', join(config, '../out')]);
    expect([ended.code, ended.stderr.trim()]).toEqual([
      2,
      "heatproof: class map (class 'constructor'): expected at least one output, from 0 to 9, got none",
    ]);
  });
});
