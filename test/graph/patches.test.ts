import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/graph/graph.js';
import { tokensOf } from '../../src/graph/patches.js';
import { loadNetwork } from '../../src/import/network.js';
import { NetworkBuilder } from '../explain/networks.js';
import { hasShared, needsShared, shared } from '../shared.js';

/** A network that attends to tokens of 2 features, [tokens, 2]. */
function attending(shape: readonly number[], write: (n: NetworkBuilder, x: string) => string): Graph {
  const n = new NetworkBuilder(shape);
  const tokens = write(n, n.input);
  const scores = n.add('MatMul', [tokens, n.add('Transpose', [tokens], { perm: [0, 2, 1] })]);
  const attended = n.add('MatMul', [n.add('Softmax', [scores], { axis: 2 }), tokens]);
  return n.build(attended);
}

/** Patches of 2 x 3 pixels as tokens, by a convolution. */
const embedded = (n: NetworkBuilder, x: string) => {
  const weights = n.constant([2, 1, 2, 3], new Array(12).fill(1));
  const window = { kernel_shape: [2, 3], strides: [2, 3], pads: [0, 0, 0, 0] };
  return n.add('Transpose', [n.reshape(n.add('Conv', [x, weights], window), [2, 4])], { perm: [0, 2, 1] });
};

const slice = (n: NetworkBuilder, x: string, start: number, end: number) =>
  n.add('Slice', [x, ...[start, end, 1, 1].map((value) => n.builder.ints([value]))]);

describe('the patches that tokens are made of', () => {
  it('are places of a convolution, followed through what moves them', () => {
    expect(tokensOf(attending([1, 4, 6], embedded))).toEqual({
      grid: { rows: 2, columns: 2 },
      patches: [0, 1, 2, 3],
    });
    const turned = attending([1, 4, 6], (n, x) => {
      const tokens = embedded(n, x);
      const padded = n.add('Pad', [tokens, n.builder.ints([0, 1, 0, 0, 0, 0])], { mode: 'constant' });
      return n.add('Concat', [slice(n, padded, 3, 5), slice(n, padded, 0, 3)], { axis: 1 });
    });
    expect(tokensOf(turned)?.patches).toEqual([2, 3, -1, 0, 1]);
  });

  it('are the squares of pixels that a dense layer takes', () => {
    const graph = attending([1, 4, 6], (n, x) => {
      const cut = n.add('Transpose', [n.reshape(x, [1, 2, 2, 2, 3])], { perm: [0, 2, 4, 3, 5, 1] });
      const weights = n.constant([2, 6], new Array(12).fill(1));
      return n.add('Gemm', [n.reshape(cut, [4, 6]), weights], { transB: 1, places: 1 });
    });
    // [1, 2, 2, 2, 3] is channels, rows of patches, rows, columns of patches, columns.
    expect(tokensOf(graph)).toEqual({ grid: { rows: 2, columns: 2 }, patches: [0, 1, 2, 3] });
  });

  it('are none where tokens mix patches, or nothing attends', () => {
    const mixed = attending([1, 4, 6], (n, x) => n.reshape(x, [12, 2]));
    expect(tokensOf(mixed)).toBeUndefined();
    const n = new NetworkBuilder([1, 4, 6]);
    expect(tokensOf(n.build(n.add('Relu', [n.input])))).toBeUndefined();
  });

  it.skipIf(!hasShared).each([
    ['vit-tiny', 6, 37],
    ['vit-gap', 6, 36],
    ['mnist-vit', 4, 17],
    ['mnist-vit-371', 7, 50],
    ['cct-mini', 8, 64],
    // windows of 4 x 4 patches
    ['swin-mini', 16, 16],
  ])(`%s has %i rows and columns of them, and %i tokens${needsShared}`, async (net, side, count) => {
    const weights = shared('golden-transformers', net, 'model-opset17.onnx');
    const { graph, layout } = await loadNetwork({ weights });
    const tokens = tokensOf(graph);
    expect(tokens?.grid).toEqual({ rows: side, columns: side });
    expect(layout.patches).toEqual(tokens?.grid);
    expect(tokens?.patches).toHaveLength(count);
  });
});
