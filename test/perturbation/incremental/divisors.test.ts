import { expect, it } from 'vitest';
import { onnxruntime } from '../../../src/engine/onnxruntime.js';
import type { Graph } from '../../../src/graph/graph.js';
import { inferShapes } from '../../../src/graph/shapes.js';
import { type FloatTensor, floatTensor } from '../../../src/graph/tensor.js';
import { explicitDivisors } from '../../../src/perturbation/incremental/divisors.js';
import { NetworkWriter } from '../networks.js';

it('corrects the divisor of padded average pools', async () => {
  const net = new NetworkWriter(1, [1, 4, 3]);
  const { graph } = net.build(net.averagePool(net.input, { kernel: 3, stride: 2, pads: [1, 1, 1, 0] }));
  const explicit = explicitDivisors(graph, inferShapes(graph));
  expect(explicit.nodes.map(({ op }) => op)).toEqual(['AveragePool', 'Mul']);
  // Rows see 2, 3 taps inside, columns 2, 2; of 3 each.
  const factor = explicit.constants.get(explicit.nodes[1]?.inputs[1] as string);
  expect([...(factor as FloatTensor).data]).toEqual([9 / 4, 9 / 6].map(Math.fround));
  const input = floatTensor([1, 1, 4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const run = async (graph: Graph) => {
    const session = await onnxruntime.load(graph);
    const outputs = await session.run({ input });
    await session.release();
    return [...(Object.values(outputs)[0] as FloatTensor).data];
  };
  expect(await run(explicit)).toEqual(await run(graph));
});
