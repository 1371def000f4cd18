import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type AxisWindow,
  changedOutputs,
  contains,
  EMPTY,
  hull,
  inputsRead,
  length,
  paddingRead,
} from '../../src/incremental/axes.js';

/** Windows whose outputs all lie in their padded input. */
const windows = fc
  .record({
    kernel: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 4 }),
    pad: fc.integer({ min: -2, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    input: fc.integer({ min: 3, max: 30 }),
    output: fc.integer({ min: 1, max: 30 }),
  })
  .filter((axis) => axis.output === 1 || (axis.output - 1) * axis.stride - axis.pad < axis.input);

/** Inputs that an output reads, those in the padding included. */
function taps({ kernel, stride, pad, dilation }: AxisWindow, output: number): number[] {
  return Array.from({ length: kernel }, (_, k) => output * stride - pad + k * dilation);
}

const seeded = { seed: 7, numRuns: 500 };

it('changed outputs are those whose span meets the changed inputs', () => {
  fc.assert(
    fc.property(windows, fc.nat(29), fc.nat(29), (axis, a, b) => {
      const input = { first: Math.min(a, b) % axis.input, last: Math.min(axis.input - 1, Math.max(a, b)) };
      const changed = changedOutputs(axis, input);
      for (let output = 0; output < axis.output; output++) {
        const read = taps(axis, output);
        const meets = Math.max(...read) >= input.first && Math.min(...read) <= input.last;
        expect(output >= changed.first && output <= changed.last).toBe(meets);
      }
    }),
    seeded,
  );
});

it('inputs read and padding read are what the taps reach', () => {
  fc.assert(
    fc.property(windows, (axis) => {
      const all = Array.from({ length: axis.output }, (_, output) => taps(axis, output)).flat();
      expect(inputsRead(axis, axis.output)).toBe(Math.max(...all) - Math.min(...all) + 1);
      const { before, after } = paddingRead(axis);
      expect(before).toBe(Math.max(0, -Math.min(...all)));
      expect(after).toBe(Math.max(0, Math.max(...all) - axis.input + 1));
    }),
    seeded,
  );
});

it('empty intervals change nothing', () => {
  const axis = { kernel: 3, stride: 1, pad: 1, dilation: 1, input: 5, output: 5 };
  const some = { first: 1, last: 3 };
  expect(length(changedOutputs(axis, EMPTY))).toBe(0);
  expect(hull(EMPTY, some)).toEqual(some);
  expect(hull(some, EMPTY)).toEqual(some);
  expect(hull(some, { first: 4, last: 4 })).toEqual({ first: 1, last: 4 });
  expect(contains(some, EMPTY)).toBe(true);
  expect(contains(some, { first: 3, last: 4 })).toBe(false);
});
