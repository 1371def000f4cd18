import { describe, expect, it } from 'vitest';
import { inLeastMemory } from '../../src/engine/least-memory.js';
import { GraphBuilder } from '../../src/graph/builder.js';
import { BATCH } from '../../src/graph/graph.js';
import { decodeModel } from '../../src/onnx/decode.js';
import { toOnnx } from '../../src/onnx/encode.js';

describe('a model in least memory', () => {
  const builder = new GraphBuilder('two ways');
  const x = builder.input({ name: 'x', type: 'float32', shape: [BATCH, 4] });
  const long = ['a', 'b', 'c'].reduce((value, name) => builder.add('Relu', [value], {}, name), x);
  const short = builder.add('Neg', [x], {}, 'short');
  const graph = builder.build([builder.add('Add', [short, long], {}, 'y')]);
  const written = decodeModel(inLeastMemory(toOnnx(graph)));

  it('has its nodes by the longest way to them, otherwise in their order', () => {
    expect(written.nodes.map(({ output }) => output)).toEqual([['a'], ['short'], ['b'], ['c'], ['y']]);
  });
});
