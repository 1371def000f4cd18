import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../src/graph/builder.js';
import type { Graph } from '../../src/graph/graph.js';
import { flattenOrder } from '../../src/graph/passes/flatten-order.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { logitsOf } from '../import/support.js';

/** [batch, 2, 1, 3], flattened by a Transpose to channels last; what `end` makes of it is the output. */
function flattening(end: (builder: GraphBuilder, flat: string, x: string) => string): Graph {
  const builder = new GraphBuilder('net');
  const x = builder.input({ name: 'input', type: 'float32', shape: [-1, 2, 1, 3] });
  const last = builder.add('Transpose', [x], { perm: [0, 2, 3, 1] });
  const flat = builder.add('Reshape', [last, builder.ints([0, 6])]);
  const graph = builder.build([end(builder, flat, x)]);
  const rename = (name: string) => (name === graph.outputs[0] ? 'logits' : name);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    outputs: node.outputs.map(rename),
    inputs: node.inputs.map(rename),
  }));
  return { ...graph, nodes, outputs: ['logits'] };
}

const dense = (builder: GraphBuilder, x: string) =>
  builder.add('Gemm', [x, builder.constant(floatTensor([1, 6], [1, 2, 3, 4, 5, 6]), 'w')], { transB: 1 });

/** Two channels of three places: channels last they are 1, -10, 2, 20, 3, 30. */
const INPUT = Float32Array.of(1, 2, 3, -10, 20, 30);
const opsOf = ({ nodes }: Graph) => nodes.map(({ op }) => op);

describe('flattenOrder', () => {
  it('puts weights in the order of channels first', async () => {
    const graph = flattening(dense);
    const written = flattenOrder(graph);
    expect(opsOf(written)).toEqual(['Reshape', 'Gemm']);
    const weights = [...written.constants.values()].filter(({ type }) => type === 'float32');
    expect(weights.map(({ data }) => [...(data as Float32Array)])).toEqual([[1, 3, 5, 2, 4, 6]]);
    // 1 - 20 + 6 + 80 + 15 + 180
    expect([...(await logitsOf(written, INPUT))]).toEqual([262]);
    expect([...(await logitsOf(graph, INPUT))]).toEqual([262]);
  });

  it('sees through activations', async () => {
    const written = flattenOrder(flattening((builder, flat) => dense(builder, builder.add('Relu', [flat]))));
    expect(opsOf(written)).toEqual(['Reshape', 'Relu', 'Gemm']);
    expect([...(await logitsOf(written, INPUT))]).toEqual([282]);
  });

  it('puts slopes a feature in that order, too', async () => {
    const slopes = floatTensor([1, 6], [0.125, 0.25, 0.375, 0.5, 0.625, 0.75]);
    const graph = flattening((builder, flat) =>
      dense(builder, builder.add('PRelu', [flat, builder.constant(slopes, 'slopes')])),
    );
    const written = flattenOrder(graph);
    expect(opsOf(written)).toEqual(['Reshape', 'PRelu', 'Gemm']);
    // 1 - 2 * 2.5 + 6 + 80 + 15 + 180
    expect([...(await logitsOf(written, INPUT))]).toEqual([277]);
    expect([...(await logitsOf(graph, INPUT))]).toEqual([277]);
  });

  it('keeps the Transpose for what else reads the flattened numbers', async () => {
    const graph = flattening((builder, flat) => builder.add('Mul', [dense(builder, flat), flat]));
    const written = flattenOrder(graph);
    expect(opsOf(written).filter((op) => op === 'Transpose')).toHaveLength(1);
    expect([...(await logitsOf(written, INPUT))]).toEqual([...(await logitsOf(graph, INPUT))]);
  });

  it('leaves other networks as they are', () => {
    const graph = flattening((_, flat) => flat);
    expect(flattenOrder(graph)).toBe(graph);
  });
});
