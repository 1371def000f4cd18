import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { feedsOf, withoutLargeWeights } from '../../src/engine/large-weights.js';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH, type Graph } from '../../src/graph/graph.js';
import { type FloatTensor, floatTensor } from '../../src/graph/tensor.js';

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

function fedWith(graph: Graph) {
  return feedsOf(withoutLargeWeights(graph).weights);
}

describe('large dense weights', () => {
  it.each([
    [false, false, false],
    [false, true, false],
    [true, true, false],
    [false, true, true],
    [true, true, true],
  ])('change no result: derived %s, in shared memory %s, in files %s', async (derived, shared, inFiles) => {
    const { graph, expected, input } = dense(derived, shared);
    const folder = inFiles ? mkdtempSync(join(tmpdir(), 'heatproof-large-')) : undefined;
    // Two sessions, one behind the other: the second finds the files that the first has made.
    for (const _ of [1, 2]) {
      const session = await onnxruntime.load(
        graph,
        folder === undefined ? {} : { threads: { count: 4, folder } },
      );
      const { [graph.outputs[0] as string]: output } = await session.run({ x: input });
      expect(Array.from(output?.data as Float32Array)).toEqual(expected);
      await session.release();
    }
    if (folder === undefined) return;
    const [made, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    expect(statSync(join(folder, made as string, 'weights')).size).toBe(4 * ROWS * COLUMNS);
    rmSync(folder, { recursive: true });
  });

  it('leaves a constant only where something else reads it, and copies shared memory once', () => {
    const { graph } = dense(false, true);
    const first = withoutLargeWeights(graph);
    expect([...first.graph.constants.keys()]).toEqual([]);
    expect(first.graph.inputs.map(({ name }) => name)).toEqual(['x', 'weights/whole']);
    expect(fedWith(graph)['weights/whole']?.data.buffer).toBe(
      feedsOf(first.weights)['weights/whole']?.data.buffer,
    );
    expect([...withoutLargeWeights(dense(true, true).graph).graph.constants.keys()]).toEqual(['weights']);
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
    const { graph: run, weights: left } = withoutLargeWeights(graph);
    const fed = feedsOf(left);
    expect([...run.constants.keys(), ...run.nodes.map(({ op }) => op)]).toEqual(['Relu', 'Gemm']);
    expect(fed.rows?.data).toEqual(data.subarray(2 * COLUMNS, 5 * COLUMNS));
    expect(fed.rows?.data.buffer).toBe(data.buffer);
    const folder = mkdtempSync(join(tmpdir(), 'heatproof-large-'));
    const sessions = [
      await onnxruntime.load(graph),
      await onnxruntime.load(graph, { threads: { count: 4, folder } }),
    ];
    rmSync(folder, { recursive: true });
    const expected = [2, 3, 4].map((row) =>
      input.data.reduce((sum, value, i) => sum + value * Math.max(data[row * COLUMNS + i] as number, 0), 0),
    );
    for (const session of sessions) {
      const { y } = await session.run({ x: input });
      expect(Array.from(y?.data as Float32Array)).toEqual(expected);
      await session.release();
    }
  });

  it('takes the weights of this thread as they are', () => {
    const { graph } = dense(false, false);
    const { data } = graph.constants.get('weights') as FloatTensor;
    expect(fedWith(graph)['weights/whole']?.data.length).toBe(data.length);
    expect(fedWith(graph)['weights/whole']?.data.buffer).toBe(data.buffer);
  });
});
