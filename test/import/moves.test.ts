import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import type { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor } from '../../src/graph/tensor.js';
import { Dice } from '../fuzz/dice.js';
import { graphOf, importGraph, onnxBytes } from './onnx-file.js';
import { logitsOf, noise, relativeError, runOriginal } from './support.js';

const BATCH = 2;
const OPSET = 18;

/** Writes an operator with arguments that are drawn: mostly sound, on any axis but mostly not on the batch. */
type Draw = (b: GraphBuilder, x: string, dims: readonly number[], dice: Dice) => string;

function anyAxis(dice: Dice, rank: number): number {
  const axis = dice.below(12) ? 1 + dice.below(rank - 1) : dice.below(2 * rank + 2) - rank;
  return dice.below(2) ? axis : axis - rank;
}

const shuffled = (dice: Dice, list: readonly number[]) => [...list].sort(() => dice.below(3) - 1);

const OPERATORS: Readonly<Record<string, Draw>> = {
  Shape: (b, x, dims, dice) => {
    const bound = () => dice.below(2 * dims.length + 3) - dims.length - 1;
    const attributes = { ...(dice.below(4) && { start: bound() }), ...(dice.below(2) && { end: bound() }) };
    const one = b.add('Gather', [b.add('Shape', [x], attributes), b.ints([dice.of([0, -1])])]);
    return b.add('Mul', [x, b.add('Cast', [one], { to: 1 })]);
  },
  Flatten: (b, x, dims, dice) => b.add('Flatten', [x], { axis: anyAxis(dice, dims.length) }),
  Squeeze: (b, x, dims, dice) => {
    const ones = dims.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
    const axes = dice.below(8) ? ones.slice(dice.below(2)) : [anyAxis(dice, dims.length)];
    const written = axes.map((axis) => (dice.below(2) ? axis : axis - dims.length));
    return b.add('Squeeze', dice.below(3) ? [x, b.ints(written)] : [x]);
  },
  Unsqueeze: (b, x, dims, dice) => b.add('Unsqueeze', [x, b.ints([anyAxis(dice, dims.length + 1)])]),
  Transpose: (b, x, dims, dice) => {
    const order = shuffled(
      dice,
      dims.slice(1).map((_, i) => i + 1),
    );
    return b.add('Transpose', [x], { perm: dice.below(10) ? [0, ...order] : [...order, 0] });
  },
  Reshape: (b, x, dims, dice) => {
    const target = shuffled(dice, dims.slice(1)).map((dim) => (dice.below(4) ? dim : dice.of([-1, 0])));
    return b.add('Reshape', [x, b.ints([dice.of([0, 0, -1]), ...target])], {
      allowzero: dice.below(8) ? 0 : 1,
    });
  },
  Gather: (b, x, dims, dice) => {
    const axis = anyAxis(dice, dims.length);
    const size = dims.at(axis) ?? 1;
    const list = Array.from({ length: 1 + dice.below(size) }, () => dice.below(2 * size) - size);
    return b.add('Gather', [x, b.ints(list)], { axis });
  },
  Slice: (b, x, dims, dice) => {
    const bound = () => dice.of([-4, -3, -2, -1, 0, 1, 2, 3, 4, 2 ** 31 - 1, -(2 ** 31)]);
    const axes = shuffled(
      dice,
      dims.slice(1).map((_, i) => i + 1),
    ).slice(0, 1 + dice.below(2));
    const list = (draw: () => number) => b.ints(axes.map(draw));
    const steps = list(() => dice.of([1, 1, 2, -1, -2]));
    return b.add('Slice', [x, list(bound), list(bound), b.ints(axes), steps]);
  },
  Split: (b, x, dims, dice) => {
    const axis = 1 + dice.below(dims.length - 1);
    const size = dims[axis] as number;
    const count = 1 + dice.below(size);
    const sizes = b.ints([...Array(count - 1).fill(1), size - count + 1]);
    const even = dice.below(2) === 0;
    const attributes = {
      axis: dice.below(2) ? axis : axis - dims.length,
      ...(even && { num_outputs: count }),
    };
    const parts = b.addMany('Split', even ? [x] : [x, sizes], count, attributes);
    return dice.of(parts);
  },
  Concat: (b, x, dims, dice) =>
    b.add('Concat', [x, b.add('Relu', [x]), x], { axis: anyAxis(dice, dims.length) }),
};

describe('values are moved as onnxruntime moves them', () => {
  it.each(Object.keys(OPERATORS))('%s', async (op) => {
    const dice = new Dice(op);
    let imported = 0;
    for (let i = 0; i < 60; i++) {
      const sample = Array.from({ length: 2 + dice.below(2) }, () => 1 + dice.below(3));
      const graph = graphOf([-1, ...sample], (b, x) => {
        const shifted = b.add('Mul', [x, b.constant(floatTensor([], [1.5]), 'factor')]);
        const moved = (OPERATORS[op] as Draw)(b, shifted, [BATCH, ...sample], dice);
        return b.add('Flatten', [moved], {}, 'out');
      });
      const network = await importGraph(graph, OPSET).catch((error: unknown) => {
        expect(error).toBeInstanceOf(InputError);
      });
      if (!network) continue;
      imported++;
      const shown = JSON.stringify(
        graph.nodes.map(({ op, inputs, attributes }) => [
          op,
          inputs.map((name) => `${graph.constants.get(name)?.data ?? name}`),
          attributes,
        ]),
      );
      const input = noise(BATCH * sample.reduce((a, b) => a * b, 1));
      const expected = await runOriginal(onnxBytes(graph, OPSET), [BATCH, ...sample], input, 'out').catch(
        (error: Error) => expect.fail(`${error.message} ${sample} ${shown}`),
      );
      expect(
        relativeError(await logitsOf(network.graph, input), expected),
        `${sample} ${shown}`,
      ).toBeLessThan(1e-6);
    }
    expect(imported).toBeGreaterThan(8);
  });
});
