import { expect, it } from 'vitest';
import { BATCH, type Graph, type Node } from '../../src/graph/graph.js';
import { rewriteNodes } from '../../src/graph/passes/rewrite.js';

it('new nodes never take the name of a node or value that comes behind them', () => {
  const relu = (name: string, input: string, output: string): Node => {
    return { op: 'Relu', name, inputs: [input], outputs: [output], attributes: {} };
  };
  const graph: Graph = {
    name: 'test',
    inputs: [{ name: 'input', type: 'float32', shape: [BATCH, 2] }],
    outputs: ['logits'],
    nodes: [relu('first', 'input', 'a'), relu('Abs', 'a', 'Abs_1'), relu('last', 'Abs_1', 'logits')],
    constants: new Map(),
  };
  const written = rewriteNodes(graph, (builder, node) => {
    if (node.name !== 'first') return false;
    builder.append({ ...node, inputs: [builder.add('Abs', ['input'])] });
    return true;
  });
  expect(written.nodes.map(({ name, outputs }) => [name, ...outputs])).toEqual([
    ['Abs_2', 'Abs_2'],
    ['first', 'a'],
    ['Abs', 'Abs_1'],
    ['last', 'logits'],
  ]);
});
