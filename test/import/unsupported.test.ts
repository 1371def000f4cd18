import { expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.js';
import { UnsupportedList } from '../../src/import/unsupported.js';
import { importGraph } from './onnx-file.js';

const inputOf = (type: 'int64' | 'float32', shape: readonly number[]) => {
  const builder = new GraphBuilder('net');
  const x = builder.input({ name: 'data', type, shape });
  return builder.build([
    builder.add('Flatten', [builder.add('Relu', [builder.add('Cast', [x], { to: 1 })])]),
  ]);
};

it.each([
  [
    'integers that are no words',
    inputOf('int64', [-1, 6]),
    'type of the input (data): expected numbers such as pixels (float), or ids of words that a Gather from a table reads, got int64 numbers, which relevance could not be given to',
  ],
  [
    'an axis that stays open',
    inputOf('float32', [-1, 3, -1, 8]),
    'shape of the input (data): expected fixed dimensions behind the batch (or inputShape that gives them), got [batch, 3, ?, 8]',
  ],
])('an input is refused in one line: %s', async (_, graph, message) => {
  const failed = await importGraph(graph, 13).catch((error: Error) => error);
  expect((failed as Error).message).toMatch(/^[^\n]*$/);
  expect((failed as Error).message).toContain(message);
});

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
