import { expect, it } from 'vitest';
import { UnsupportedList } from '../../src/import/unsupported.js';

it('is told by operator: its nodes together, of many reasons the first', () => {
  const list = new UnsupportedList();
  list.add('Reshape', 'r1', 'of [1] to [2]');
  list.add('Loop', 'l1');
  for (const node of ['r2', 'r3', 'r4', 'r5']) list.add('Reshape', node, `of [${node}] to [2]`);
  list.add('Reshape', 'r6', 'of [1] to [2]');
  list.add('Loop', 'l2');
  expect(() => list.report()).toThrow(
    "unsupported operators: Reshape (of [1] to [2]) at 'r1', 'r6'; Reshape (of [r2] to [2]) at 'r2'; Reshape (of [r3] to [2]) at 'r3'; Reshape in 2 more ways; Loop at 'l1', 'l2'",
  );
});

it('says nothing of nothing', () => {
  expect(() => new UnsupportedList().report()).not.toThrow();
});
