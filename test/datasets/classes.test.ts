import { describe, expect, it } from 'vitest';
import { type Classes, classFinder, distinctNames, outputsOfClasses } from '../../src/datasets/classes.js';
import { loadClasses } from '../../src/datasets/labels.js';

const named = (...names: string[]): Classes => ({ keys: names, names });

describe('distinctNames', () => {
  it('gives names that stand twice their index, and no two classes one name', () => {
    expect(distinctNames(['tench', 'crane', 'maillot', 'crane'])).toEqual([
      'tench',
      'crane (1)',
      'maillot',
      'crane (3)',
    ]);
    const odd = distinctNames(['crane', 'crane', 'crane (0)', 'constructor', 'constructor']);
    expect(new Set(odd).size).toBe(5);
  });

  it("tells ImageNet's two cranes apart", () => {
    const names = distinctNames(loadClasses('ilsvrc2012').names);
    expect(new Set(names).size).toBe(1000);
    expect([names[134], names[517], names[638]]).toEqual(['crane (134)', 'crane (517)', 'maillot']);
  });
});

describe('classFinder', () => {
  const find = classFinder({
    keys: ['n01440764', 'n02012849', 'n03126707', 'n9', 'n10'],
    names: ['tench, Tinca tinca', 'crane', 'crane', 'Red Kite', 'maillot, tank suit'],
  });

  it.each([
    ['n01440764', [0]],
    ['tench, Tinca tinca', [0]],
    ['tench', [0]],
    ['Tinca_tinca', [0]],
    ['crane', [1, 2]],
    ['red-kite', [3]],
    ['tank suit', [4]],
    ['mug', []],
    ['constructor', []],
  ])('finds %s', (name, expected) => {
    expect(find(name)).toEqual(expected);
  });

  it('takes the stricter spelling where a looser one would mean more', () => {
    const strict = classFinder(named('cat', 'Cat', 'cat, feline'));
    expect([strict('cat'), strict('Cat'), strict('CAT'), strict('feline')]).toEqual([[0], [1], [0, 1], [2]]);
  });
});

describe('outputsOfClasses', () => {
  const folders = (...names: string[]) => ({ keys: names, classes: names, alphabetical: true as const });
  const listed = (...names: string[]) => ({ keys: names, classes: names });
  const network = (outputs: number, ...labels: string[]) => ({
    outputs,
    labels: labels.length > 0 ? named(...labels) : undefined,
  });

  it('matches folders by name where the network names its outputs', () => {
    expect(outputsOfClasses(folders('cat', 'dog'), network(2, 'dog', 'cat'))).toEqual([1, 0]);
    expect(outputsOfClasses(folders('dog', 'Red_Kite'), network(4, 'mug', 'red kite', 'cat', 'dog'))).toEqual(
      [3, 1],
    );
  });

  it('takes the alphabet for the order only where nothing is named and the numbers agree', () => {
    expect(outputsOfClasses(folders('cat', 'dog'), network(2))).toEqual([0, 1]);
    expect(outputsOfClasses(folders('cat', 'dog'), network(3))).toBe('2 classes');
    expect(outputsOfClasses(folders('a', 'b'), network(2, 'cat', 'dog'))).toBe(
      '2 classes, 2 of them not among its labels: a, b',
    );
    expect(outputsOfClasses(folders('cat', 'mug'), network(3, 'dog', 'cat', 'bird'))).toBe(
      '2 classes, 1 of them not among its labels: mug',
    );
  });

  it('takes the stated order of classes whose names the network writes otherwise, unless a name contradicts it', () => {
    expect(outputsOfClasses(listed('cat', 'hound'), network(2, 'cat', 'dog'))).toEqual([0, 1]);
    expect(outputsOfClasses(listed('hound', 'cat'), network(2, 'cat', 'dog'))).toMatch(
      /^2 classes, 1 of them/,
    );
    expect(outputsOfClasses(listed('dog', 'cat'), network(2, 'cat', 'dog'))).toEqual([1, 0]);
    expect(
      outputsOfClasses(listed('tench', 'crane', 'crane'), network(3, 'tench', 'crane', 'crane')),
    ).toEqual([0, 1, 2]);
  });

  it('makes no two classes one output', () => {
    expect(outputsOfClasses(folders('CAT', 'Cat'), network(2, 'cat', 'dog'))).toBe(
      'several classes of one label',
    );
  });

  it('takes labels that are indices as they are', () => {
    expect(outputsOfClasses(listed(), network(3))).toEqual([0, 1, 2]);
  });
});
