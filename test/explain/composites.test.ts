import { describe, expect, test } from 'vitest';
import { assignRules } from '../../src/explain/assign.js';
import { propagation } from '../../src/explain/backward/propagate.js';
import { type Composite, compositesSchema, uniform } from '../../src/explain/composites.js';
import { listMethods, resolveMethod } from '../../src/explain/methods.js';
import { parseRule } from '../../src/explain/rules.js';
import type { Graph } from '../../src/graph/graph.js';
import { OPERATORS } from '../../src/graph/operators/table.js';
import { NetworkBuilder, numbers } from './networks.js';

/** stem (reads the input), two branches, their sum, a pool and two dense layers. */
function network(): Graph {
  const build = new NetworkBuilder([2, 4, 4]);
  const conv = (x: string, name: string) => {
    const weights = build.constant([2, 2, 1, 1], numbers(4, name));
    const window = { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };
    return build.builder.add('Conv', [x, weights], window, name);
  };
  const stem = build.builder.add('Relu', [conv(build.input, 'stem/conv')], {}, 'stem/relu');
  const sum = build.builder.add('Add', [conv(stem, 'left/conv'), conv(stem, 'right/conv')], {}, 'sum');
  const pool = { kernel_shape: [4, 4], strides: [1, 1], pads: [0, 0, 0, 0] };
  const flat = build.reshape(build.builder.add('AveragePool', [sum], pool, 'pool'), [2]);
  const hidden = build.gemm(flat, [[1, 2], [3, 4]]); // biome-ignore format: a matrix
  return build.build(build.gemm(build.add('Relu', [hidden]), [[1, 2], [3, 4]])); // biome-ignore format: a matrix
}

const rulesOf = (composite: Composite) =>
  Object.fromEntries([...assignRules(network(), composite)].map(([node, { name }]) => [node.name, name]));

test('LRP has one rule for linear layers, and a line for everything between them', () => {
  // As run.json records it.
  expect(uniform('zplus')).toEqual([
    { match: { op: ['Conv', 'Gemm'] }, rule: 'zplus' },
    { match: { op: ['Add', 'Sub', 'AveragePool'] }, rule: 'proportional' },
    { match: { op: ['MaxPool', 'Max'] }, rule: 'winner' },
    { match: {}, rule: 'pass' },
  ]);
});

test('every canonical operator has a backward pass', () => {
  for (const op of Object.keys(OPERATORS)) {
    const node = { op, name: op, inputs: [], outputs: [], attributes: {} };
    expect(propagation(node, parseRule('gradient'), 'gradient'), op).toBeTypeOf('function');
  }
});

describe('the first line that fits gives the rule', () => {
  test('by operator, name and position', () => {
    const rules = rulesOf([
      { match: { name: 'left/*' }, rule: 'flat' },
      { match: { position: 'first' }, rule: 'wsquare' },
      { match: { position: 'last' }, rule: 'contrast' },
      { match: { op: ['Conv', 'Gemm'], position: [2, 3] }, rule: 'zplus' },
      { match: { position: 2 }, rule: 'gamma-1' },
      { match: {}, rule: 'pass' },
    ]);
    expect(rules).toEqual({
      'stem/conv': 'wsquare',
      'stem/relu': 'pass',
      'left/conv': 'flat',
      'right/conv': 'zplus',
      sum: 'pass',
      pool: 'pass',
      Reshape: 'pass',
      Gemm: 'zplus',
      Relu: 'pass',
      Gemm_1: 'contrast',
    });
  });

  test('names are patterns from end to end, and only * is special', () => {
    const rules = rulesOf([
      { match: { name: 'conv' }, rule: 'flat' },
      { match: { name: 's.em/conv' }, rule: 'flat' },
      { match: { name: '*t/c*v' }, rule: 'wsquare' },
      { match: {}, rule: 'pass' },
    ]);
    expect(rules['left/conv']).toBe('wsquare');
    expect(rules['right/conv']).toBe('wsquare');
    expect(rules['stem/conv']).toBe('pass');
  });

  test('a node that no line fits is an error by name', () => {
    expect(() => rulesOf([{ match: { op: 'Conv' }, rule: 'zplus' }])).toThrow(
      "no line of the composite fits Relu 'stem/relu'",
    );
  });
});

const compositeOf = (id: string, bounded = true) => resolveMethod(id).rules?.(bounded) ?? [];

test('the composites of the field', () => {
  const linear = (id: string, bounded?: boolean) => {
    const rules = rulesOf(compositeOf(id, bounded));
    return [rules['stem/conv'], rules['left/conv'], rules.Gemm, rules.Gemm_1];
  };
  const epsilon = 'epsilon-1e-6';
  expect(linear('epsilon-plus')).toEqual(['zplus', 'zplus', epsilon, epsilon]);
  expect(linear('epsilon-plus-flat')).toEqual(['flat', 'zplus', epsilon, epsilon]);
  expect(linear('epsilon-alpha2-beta1-wsquare')).toEqual(['wsquare', 'alpha2-beta1', epsilon, epsilon]);
  expect(linear('epsilon-gamma-box')).toEqual(['zbox', 'gamma-0.25', epsilon, epsilon]);
  expect(linear('contrastive-excitation-backprop')).toEqual(['zplus', 'zplus', 'zplus', 'contrast']);
  expect(linear('deep-taylor')).toEqual(['zbox', 'zplus', 'zplus', 'zplus']);
  expect(linear('deep-taylor', false)).toEqual(['wsquare', 'zplus', 'zplus', 'zplus']);
  const rules = rulesOf(compositeOf('lrp-zplus'));
  expect([rules.sum, rules.pool, rules['stem/relu']]).toEqual(['proportional', 'proportional', 'pass']);
});

describe('composites of the config', () => {
  const composites = compositesSchema.parse({
    mine: [
      { match: { op: 'Conv', position: 'first' }, rule: 'flat' },
      { match: { op: 'LRN' }, rule: 'taylor' },
      { use: 'lrp-alpha2-beta1' },
    ],
    yours: [{ match: { name: 'left/*' }, rule: 'wsquare' }, { use: 'mine' }],
    circle: [{ use: 'round' }],
    round: [{ use: 'circle' }],
    odd: [{ use: 'random' }],
    edges: [{ use: 'lrp-zplus' }],
  });

  test('use the lines of others, in their place', () => {
    const rules = rulesOf(resolveMethod('yours', composites).rules?.(true) ?? []);
    expect(rules['stem/conv']).toBe('flat');
    expect(rules['left/conv']).toBe('wsquare');
    expect(rules['right/conv']).toBe('alpha2-beta1');
    expect(rules.sum).toBe('proportional');
  });

  test('start with 1 where they use derivatives', () => {
    const of = (used: string) =>
      resolveMethod('mine', { mine: [{ use: used }] }).definition(true, 'logit').start;
    expect(of('guided-backprop')).toBe('one');
    expect(of('lrp-alpha2-beta1')).toBe('logit');
  });

  test.each([
    ['circle', 'circle -> round -> circle'],
    ['odd', "method 'random' is no composite"],
    ['edges', "composite 'edges': expected another name, since a method has this one"],
    ['constructor', "unknown method 'constructor'"],
  ])('%s is refused', (id, message) => {
    expect(() => resolveMethod(id, composites)).toThrow(message);
  });

  test.each([
    [[{ match: { op: 'Conv', place: 1 }, rule: 'flat' }]],
    [[{ match: { op: 'Conv' }, rule: 'zplusplus' }]],
    [[{ match: { position: -1 }, rule: 'flat' }]],
    [[]],
  ])('%j is not one', (lines) => {
    expect(compositesSchema.safeParse({ bad: lines }).success).toBe(false);
  });
});

describe('method ids', () => {
  test('every listed form resolves, with its pooling', () => {
    for (const id of [
      'gradient',
      'gradient-l2',
      'sensitivity-linf',
      'deconvnet-linf',
      'guided-backprop-l2',
      'smoothgrad-l2',
      'integrated-gradients-linf',
      'gradient-x-input',
      'lrp-epsilon-1e-6',
      'lrp-alpha1.5-beta0.5',
      'lrp-gamma-0.25',
      'deep-taylor',
      'file:some/where',
    ]) {
      expect(resolveMethod(id).id).toBe(id);
    }
    expect(listMethods().length).toBeGreaterThan(30);
    expect(resolveMethod('gradient-x-input-l2')).toMatchObject({
      steps: ['times-input', 'l2'],
      signed: false,
    });
  });

  test.each([
    ['lrp-alpha2-beta2', 'expected alpha - beta = 1, got 0'],
    ['lrp-epsilon-', "unknown method 'lrp-epsilon-'"],
    ['epsilon-pluss', "did you mean 'epsilon-plus'?"],
    ['sensitivty-l2', "did you mean 'sensitivity-l2'?"],
    ['lrp-epsilon-0.01-l2', 'unknown method'],
  ])('%s is refused', (id, message) => {
    expect(() => resolveMethod(id)).toThrow(message);
  });

  test('what a method is stands in its definition', () => {
    const definitionOf = (id: string) => resolveMethod(id).definition(true);
    expect(definitionOf('lrp-zplus')).toMatchObject({ start: 'logit', pooling: [] });
    expect(definitionOf('sensitivity-l2')).toEqual({
      rules: [{ match: {}, rule: 'gradient' }],
      start: 'one',
      pooling: ['l2'],
    });
    expect(definitionOf('smoothgrad-l2')).toEqual({
      kind: 'smoothgrad',
      samples: 50,
      noise: 0.15,
      pooling: ['l2'],
    });
    expect(definitionOf('integrated-gradients')).toMatchObject({ steps: 50, baseline: 0 });
    expect(definitionOf('file:a/b')).toEqual({ kind: 'file', folder: 'a/b', pooling: [] });
    expect(definitionOf('random')).toEqual({ kind: 'random', pooling: [] });
  });

  test('deep Taylor says the rule that runs: zB where the range of the input is known, else w^2', () => {
    const first = (bounded: boolean) => resolveMethod('deep-taylor').definition(bounded).rules;
    const line = { op: ['Conv', 'Gemm'], position: 'first' };
    expect(first(true)).toMatchObject({ 0: { match: line, rule: 'zbox' } });
    expect(first(false)).toMatchObject({ 0: { match: line, rule: 'wsquare' } });
  });

  test.each([
    ['lrp-alpha2-beta1', { distributes: true, madeElsewhere: false, signed: true }, 'logit'],
    ['deep-taylor', { distributes: true, madeElsewhere: false, signed: true }, 'logit'],
    ['gradient', { distributes: false, madeElsewhere: false, signed: true }, 'one'],
    ['guided-backprop-linf', { distributes: false, madeElsewhere: false, signed: false }, 'one'],
    ['gradient-x-input', { distributes: false, madeElsewhere: false, signed: true }, 'one'],
    ['occlusion', { distributes: false, madeElsewhere: false, signed: true }, 'one'],
    ['edges', { distributes: false, madeElsewhere: false, signed: false }, 'one'],
    ['file:maps', { distributes: false, madeElsewhere: true, signed: true }, 'one'],
  ])('%s answers what others must know of it', (id, answers, start) => {
    const method = resolveMethod(id);
    expect(method).toMatchObject(answers);
    expect(method.startOf()).toBe(start);
    expect(method.startOf('one')).toBe('one');
  });

  test('a rule that does not exist is an error with a suggestion', () => {
    expect(() => parseRule('zplsu')).toThrow("unknown rule 'zplsu' (did you mean 'zplus'?)");
  });
});
