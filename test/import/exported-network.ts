import { graphOf, onnxBytes, weights } from './onnx-file.js';

/** Operators that exporters write around shapes: what is folded, moved and cut stands beside what is computed. */
const exported = graphOf([1, 4, 6, 6], (b, x) => {
  const size = (value: string, axis: number) =>
    b.add('Gather', [b.add('Shape', [value]), b.ints([axis])], { axis: 0 });
  const conv = b.add('Conv', [x, weights(b, 'w', [6, 4, 3, 3]), weights(b, 'b', [6])], {
    pads: [1, 1, 1, 1],
  });
  const padded = b.add('Pad', [b.add('Relu', [conv]), b.ints([0, 0, 1, 0, 0, 0, 0, 1])]);
  const cut = b.add('Slice', [
    padded,
    b.ints([1, -7]),
    b.ints([7, 2 ** 31 - 1]),
    b.ints([2, -1]),
    b.ints([1, 1]),
  ]);
  const rows = b.add('Reshape', [
    cut,
    b.add('Concat', [b.ints([0, 2, 3]), size(cut, 2), b.ints([-1])], { axis: 0 }),
  ]);
  const turned = b.add('Transpose', [rows], { perm: [0, 2, 1, 3, 4] });
  const [left, right] = b.addMany('Split', [b.add('Reshape', [turned, b.ints([0, 6, -1])])], 2, {
    axis: 1,
  }) as [string, string];
  const gated = b.add('Mul', [left, b.add('Sigmoid', [right])]);
  const half = b.add('Div', [b.add('Cast', [size(gated, 2)], { to: 1 }), b.scalar(84)]);
  const scaled = b.add('Mul', [gated, half]);
  const normed = b.add('LayerNormalization', [scaled, weights(b, 'scale', [42]), weights(b, 'shift', [42])], {
    axis: -1,
  });
  const chosen = b.add('Gather', [normed, b.ints([2, 0])], { axis: 1 });
  const pooled = b.add('ReduceMean', [chosen], { axes: [1], keepdims: 1 });
  const tokens = b.add('MatMul', [b.add('Squeeze', [pooled, b.ints([1])]), weights(b, 'm', [42, 8])]);
  return b.add(
    'Gemm',
    [b.add('Flatten', [tokens], { axis: 1 }), weights(b, 'fc', [5, 8]), weights(b, 'fcb', [5])],
    { transB: 1 },
  );
});

/** The bytes of its file. */
export function exportedNetwork(): Uint8Array {
  return onnxBytes(exported, 17);
}
