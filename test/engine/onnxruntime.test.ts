import { expect, test } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH } from '../../src/graph/graph.js';
import { floatTensor } from '../../src/graph/tensor.js';

const SIDE = 512;

test('an output is written into the tensor given for it, and its copies take no memory', async () => {
  const builder = new GraphBuilder('doubling');
  const x = builder.input({ name: 'x', type: 'float32', shape: [BATCH, SIDE] });
  const graph = builder.build([builder.add('Add', [x, x], {}, 'y')]);
  const session = await onnxruntime.load(graph);
  const feeds = { x: floatTensor([SIDE, SIDE], new Float32Array(SIDE * SIDE).fill(1.5)) };
  const y = floatTensor([SIDE, SIDE], new Float32Array(SIDE * SIDE));

  const held = () => process.memoryUsage().arrayBuffers;
  const before = held();
  for (let i = 0; i < 50; i++) expect((await session.run(feeds, { y })).y).toBe(y);
  expect(held() - before).toBeLessThan(SIDE * SIDE * Float32Array.BYTES_PER_ELEMENT);
  expect(y.data).toEqual(new Float32Array(SIDE * SIDE).fill(3));
  await session.release();
});
