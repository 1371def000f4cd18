import { describe, expect, it } from 'vitest';
import { inferShapes } from '../../src/graph/shapes.js';
import { partition, type Segment } from '../../src/incremental/segments.js';
import { type Spans, spansOf } from '../../src/incremental/spans.js';
import { layoutOf } from '../../src/input/layout.js';
import type { PerturbedNetwork } from '../../src/perturbation/perturber.js';
import { gridUnits } from '../input/regions.js';
import { inception, perceptron, plain, residual } from '../perturbation/networks.js';

function segmentsOf({ graph }: PerturbedNetwork): readonly Segment[] {
  const { intervals } = spansOf(gridUnits([1, 28, 28], 7), layoutOf([1, 28, 28])) as Spans;
  return partition(graph, inferShapes(graph), intervals).segments;
}

const operators = (segments: readonly Segment[]) =>
  segments.map(({ nodes }) => nodes.map(({ op }) => op).join(' '));

describe('partition', () => {
  it('starts a segment at every window and takes what is pointwise along', () => {
    expect(operators(segmentsOf(plain(1)))).toEqual(['Conv Relu LRN', 'MaxPool', 'Conv Relu', 'Conv Relu']);
  });

  it('leaves what sees the whole image out', () => {
    expect(segmentsOf(perceptron(1))).toEqual([]);
  });

  it('joins shortcuts where the block changes, which is wider', () => {
    const [, , first, second, strided] = segmentsOf(residual(1));
    // 3x3 convolution, then pointwise: expansion, addition, and the next block's reduction.
    expect(operators([first as Segment])).toEqual(['Conv Relu Conv Add Relu Conv Relu']);
    expect(first?.aligned.length).toBe(1);
    expect(operators([second as Segment])).toEqual(['Conv Relu Conv Add Relu Conv Relu']);
    // The strided shortcut changes less far than the block: on its own.
    expect(operators([strided as Segment])).toEqual(['Conv']);
  });

  it('concatenates where the widest branch is computed', () => {
    const segments = segmentsOf(inception(1));
    const widest = segments.find(({ nodes }) => nodes.some(({ op }) => op === 'Concat')) as Segment;
    expect(widest.nodes[0]?.attributes.kernel_shape).toEqual([5, 5]);
    expect(widest.aligned.length).toBe(3);
  });

  it('reads only what runs before', () => {
    for (const network of [plain(1), inception(1), residual(1)]) {
      const known = new Set([network.graph.inputs[0]?.name]);
      for (const { window, aligned, outputs } of segmentsOf(network)) {
        for (const value of [...aligned, ...(window ? [window.value] : [])]) expect(known).toContain(value);
        for (const value of outputs) known.add(value);
      }
    }
  });
});
