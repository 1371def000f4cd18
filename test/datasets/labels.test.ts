import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { devkitSynsets, loadClasses, loadClassMap } from '../../src/datasets/labels.js';
import { InputError } from '../../src/errors.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { makeTree } from './tree.js';

describe('loadClasses', () => {
  it('knows ILSVRC2012 in the order of network outputs', () => {
    const { keys, names } = loadClasses('ilsvrc2012');
    expect(keys).toHaveLength(1000);
    expect(keys).toEqual(keys.toSorted());
    expect([keys[0], names[0]]).toEqual(['n01440764', 'tench, Tinca tinca']);
    expect([keys[999], names[999]]).toEqual(['n15075141', 'toilet tissue, toilet paper, bathroom tissue']);
  });

  it.runIf(hasShared)(`agrees with the published synset words${needsShared}`, () => {
    const { keys, names } = loadClasses('ilsvrc2012');
    const lines = readFileSync(shared('labels', 'synset_words.txt'), 'utf8').trimEnd().split('\n');
    expect(keys.map((key, i) => `${key} ${names[i]}`)).toEqual(lines);
  });

  it('reads a class a line from a file', () => {
    const root = makeTree({ 'labels.txt': '\ufeffmug\r\nred kite\nclock\n' });
    expect(loadClasses(`${root}/labels.txt`).names).toEqual(['mug', 'red kite', 'clock']);
  });

  it.each([
    ['imagenet', "unknown labels 'imagenet': expected ilsvrc2012 or voc or a file"],
    ['vok', "(did you mean 'voc'?)"],
    ['no/such.txt', 'cannot read no/such.txt: does not exist'],
  ])('refuses %s', (source, message) => {
    expect(() => loadClasses(source)).toThrow(InputError);
    expect(() => loadClasses(source)).toThrow(message);
  });

  it.each([
    ['a\n\nb', 'line 2): expected one class a line, got an empty line'],
    ['', 'line 1'],
  ])('refuses the file %j', (text, message) => {
    const root = makeTree({ 'labels.txt': text });
    expect(() => loadClasses(`${root}/labels.txt`)).toThrow(message);
  });
});

describe('devkitSynsets', () => {
  it('is a permutation of the classes', () => {
    expect(devkitSynsets().toSorted()).toEqual(loadClasses('ilsvrc2012').keys);
  });

  it.runIf(hasShared)(
    `agrees with the first and last lines of the devkit's ground truth, as published${needsShared}`,
    () => {
      const truth: Record<number, number> = {};
      [490, 361, 171, 822, 297, 482, 13, 704, 599, 164, 649].forEach((id, i) => {
        truth[i + 1] = id;
      });
      [10, 495, 128, 848, 186].forEach((id, i) => {
        truth[49_996 + i] = id;
      });
      const solution = readFileSync(shared('datasets', 'ILSVRC2012', 'LOC_val_solution.csv'), 'utf8');
      for (const [image, id] of Object.entries(truth)) {
        const synset = new RegExp(`ILSVRC2012_val_${image.padStart(8, '0')},(n\\d{8})`).exec(solution)?.[1];
        expect(devkitSynsets()[id - 1]).toBe(synset);
      }
    },
  );
});

describe('loadClassMap', () => {
  it('maps VOC classes to ILSVRC outputs', () => {
    const map = loadClassMap('voc-to-ilsvrc');
    expect([...map.keys()]).toEqual(loadClasses('voc').names);
    expect(map.get('aeroplane')).toEqual([404, 895]);
    expect(map.get('dog')).toEqual(Array.from({ length: 118 }, (_, i) => 151 + i));
    expect(map.get('sheep')).toEqual([348]);
  });

  it.runIf(hasShared)(`is the map computed from WordNet${needsShared}`, () => {
    const { map } = JSON.parse(readFileSync(shared('labels', 'voc_to_ilsvrc_wordnet.json'), 'utf8')) as {
      map: Record<string, { index: number }[]>;
    };
    const expected = new Map(
      Object.entries(map).map(([name, list]) => [name, list.map(({ index }) => index)]),
    );
    expect(loadClassMap('voc-to-ilsvrc')).toEqual(expected);
  });

  it('reads one from JSON or YAML and refuses other forms in one line', () => {
    const root = makeTree({
      'a.json': '{"cat": [1, 2]}',
      'b.yaml': 'cat: [1]\ndog: [2]\n',
      'c.json': '{"cat": [-1]}',
      'd.json': '{"cat":',
    });
    expect(loadClassMap(`${root}/a.json`)).toEqual(new Map([['cat', [1, 2]]]));
    expect(loadClassMap(`${root}/b.yaml`)).toEqual(
      new Map([
        ['cat', [1]],
        ['dog', [2]],
      ]),
    );
    expect(() => loadClassMap(`${root}/c.json`)).toThrow(/class map \(.*c.json\): .* got at 'cat.0'/);
    expect(() => loadClassMap(`${root}/d.json`)).toThrow(InputError);
    expect(() => loadClassMap('voc-to-ilsvr')).toThrow("(did you mean 'voc-to-ilsvrc'?)");
  });

  it('takes any word for a class', () => {
    const root = makeTree({ 'a.json': '{"constructor": [1], "__proto__": [2], "7": [3]}' });
    const map = loadClassMap(`${root}/a.json`);
    expect(Object.fromEntries(map)).toEqual(JSON.parse('{"constructor": [1], "__proto__": [2], "7": [3]}'));
    expect(map.size).toBe(3);
    expect(map.get('toString')).toBeUndefined();
  });
});
