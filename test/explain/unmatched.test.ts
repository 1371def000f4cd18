import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import type { OwnMethods } from '../../src/explain/own-methods.js';
import { refuseUnmatched } from '../../src/explain/unmatched.js';
import { NetworkBuilder } from './networks.js';

/** Two dense layers with a ReLU between. */
function dense(name: string) {
  const build = new NetworkBuilder([2]);
  const hidden = build.builder.add('Relu', [build.gemm(build.input, [[1, 2], [3, 4]])], {}, `${name}/relu`); // biome-ignore format: a matrix
  return { name, graph: build.build(build.gemm(hidden, [[1, 2], [3, 4]])) }; // biome-ignore format: a matrix
}

const refused = (own: OwnMethods, networks = [dense('small')], methods = ['mine']) => {
  try {
    refuseUnmatched(methods, own, networks);
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
};

describe('a line that fits no layer', () => {
  it.each([
    [
      { op: ['Conv', 'MaxPool'] },
      "line 1 of composite 'mine' (op Conv, MaxPool): expected a layer of small that fits, got none: their operators are Gemm Relu",
    ],
    [{ name: 'small/relo' }, "no layer has such a name (did you mean 'small/relu'?)"],
    [{ position: 2 }, '(position 2): '],
    [{ position: [2, 9] as [number, number] }, 'convolutions and dense layers end with 1, counted from 0'],
    [{ op: 'Relu', position: 'first' as const }, '(op Relu; position first): '],
  ])('%j', (match, message) => {
    expect(refused({ mine: [{ match, rule: 'pass' }] })).toContain(message);
  });

  it('is told of composites that others use, and not of those that nobody uses', () => {
    const own = { mine: [{ use: 'part' }], part: [{ match: { op: 'Conv' }, rule: 'zplus' }] };
    expect(refused(own)).toContain("line 1 of composite 'part'");
    expect(refused(own, [dense('small')], ['lrp-zplus'])).toBeUndefined();
  });

  it('is none where it fits a layer of another network', () => {
    const own = { mine: [{ match: { name: 'other/*' }, rule: 'pass' }] };
    expect(refused(own)).toContain('of small that fits');
    expect(refused(own, [dense('small'), dense('other')])).toBeUndefined();
    expect(refused(own, [dense('small'), dense('third')])).toContain('of small or third that fits');
  });

  it('is none where its layers already have a rule: lines of one composite may meet', () => {
    const own = {
      mine: [
        { match: { op: 'Gemm' }, rule: 'zplus' },
        { match: { position: 'last' as const }, rule: 'flat' },
        { match: {}, rule: 'pass' },
      ],
    };
    expect(refused(own)).toBeUndefined();
  });
});
