import { describe, expect, it } from 'vitest';
import { feedLargeWeights } from '../../src/engine/fed-weights.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH } from '../../src/graph/graph.js';
import { floatTensor } from '../../src/graph/tensor.js';

const [ROWS, COLUMNS] = [1024, 4096];

/** x W' + x W', where W takes 16 MiB; or x W' + x max(W, 0)', where `derived`. All numbers are exact in float32. */
function dense(derived: boolean, shared: boolean) {
  const size = ROWS * COLUMNS;
  const data = shared ? new Float32Array(new SharedArrayBuffer(4 * size)) : new Float32Array(size);
  for (let i = 0; i < data.length; i++) data[i] = ((i % 7) - 3) / 4;
  const builder = new GraphBuilder('dense');
  const x = builder.input({ name: 'x', type: 'float32', shape: [BATCH, COLUMNS] });
  const weights = builder.constant(floatTensor([ROWS, COLUMNS], data), 'weights');
  const y = builder.add('Gemm', [x, weights], { transB: 1 });
  const other = derived ? builder.add('Gemm', [x, builder.add('Relu', [weights])], { transB: 1 }) : y;
  const graph = builder.build([builder.add('Add', [y, other])]);
  const input = Float32Array.from({ length: COLUMNS }, (_, i) => (i % 5) - 2);
  const expected = Array.from({ length: ROWS }, (_, row) =>
    input.reduce((sum, value, i) => {
      const weight = data[row * COLUMNS + i] as number;
      return sum + value * (weight + (derived ? Math.max(weight, 0) : weight));
    }, 0),
  );
  return { graph, expected, input: floatTensor([1, COLUMNS], input) };
}

describe('feedLargeWeights', () => {
  it.each([
    [false, false],
    [false, true],
    [true, true],
  ])('changes no result: derived %s, in shared memory %s', async (derived, shared) => {
    const { graph, expected, input } = dense(derived, shared);
    const session = await onnxruntime.load(graph);
    const { [graph.outputs[0] as string]: output } = await session.run({ x: input });
    expect(Array.from(output?.data as Float32Array)).toEqual(expected);
    await session.release();
  });

  it('leaves a constant only where something else reads it, and copies shared memory once', () => {
    const { graph } = dense(false, true);
    const first = feedLargeWeights(graph);
    expect([...first.graph.constants.keys()]).toEqual([]);
    expect(first.graph.inputs.map(({ name }) => name)).toEqual(['x', 'weights/fed']);
    expect(feedLargeWeights(graph).fed['weights/fed']?.data).toBe(first.fed['weights/fed']?.data);
    expect([...feedLargeWeights(dense(true, true).graph).graph.constants.keys()]).toEqual(['weights']);
  });

  it('feeds blocks of rows where they lie in the weights', async () => {
    const { graph: whole, input } = dense(false, false);
    const data = whole.constants.get('weights')?.data as Float32Array;
    const builder = new GraphBuilder('blocks');
    const x = builder.input({ name: 'x', type: 'float32', shape: [BATCH, COLUMNS] });
    const weights = builder.constant(floatTensor([ROWS, COLUMNS], data), 'weights');
    const bounds = [[2], [5], [0]].map((values) => builder.ints(values));
    const rows = builder.add('Relu', [builder.add('Slice', [weights, ...bounds], {}, 'rows')]);
    const graph = builder.build([builder.add('Gemm', [x, rows], { transB: 1 }, 'y')]);
    const { graph: run, fed } = feedLargeWeights(graph);
    expect([...run.constants.keys(), ...run.nodes.map(({ op }) => op)]).toEqual(['Relu', 'Gemm']);
    expect(fed.rows?.data).toEqual(data.subarray(2 * COLUMNS, 5 * COLUMNS));
    expect(fed.rows?.data.buffer).toBe(data.buffer);
    const session = await onnxruntime.load(graph);
    const { y } = await session.run({ x: input });
    const expected = [2, 3, 4].map((row) =>
      input.data.reduce((sum, value, i) => sum + value * Math.max(data[row * COLUMNS + i] as number, 0), 0),
    );
    expect(Array.from(y?.data as Float32Array)).toEqual(expected);
    await session.release();
  });

  it('takes the weights of this thread as they are', () => {
    const { graph } = dense(false, false);
    expect(feedLargeWeights(graph).fed['weights/fed']?.data).toBe(graph.constants.get('weights')?.data);
  });
});
