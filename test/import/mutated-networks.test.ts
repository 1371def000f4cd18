import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { sizeOf } from '../../src/graph/tensor.js';
import { loadNetwork } from '../../src/import/network.js';
import { partFor } from '../../src/import/onnx/part.js';
import { decodeModel } from '../../src/onnx/decode.js';
import { Dice } from '../fuzz/dice.js';
import { onnxMutant } from '../fuzz/onnx-mutants.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { graphOf, onnxBytes, temporaryFile, weights } from './onnx-file.js';
import { logitsOf, noise, relativeError, runOriginal } from './support.js';

/**
 * What becomes of a file: `equal` numbers, refused by us in one line, by onnxruntime alone, or numbers that are not finite.
 */
type Verdict = 'equal' | 'refused' | 'invalid' | 'not finite';

/** Imports a file and compares what it computes with what onnxruntime makes of the file itself. */
async function judge(file: Uint8Array, shown: string): Promise<Verdict> {
  const network = await loadNetwork({ weights: temporaryFile(file, '.onnx') }).catch((error: unknown) => {
    expect(error, shown).toBeInstanceOf(InputError);
    expect((error as Error).message).not.toContain('\n');
  });
  if (!network) return 'refused';
  const { output } = partFor(decodeModel(Uint8Array.from(file)));
  const input = noise(sizeOf(network.inputShape));
  const expected = await runOriginal(file, [1, ...network.inputShape], input, output).catch(() => undefined);
  if (!expected) return 'invalid';
  if (!expected.every(Number.isFinite)) return 'not finite';
  const error = relativeError(await logitsOf(network.graph, input), expected);
  if (expected.some((value) => value !== 0)) expect(error, shown).toBeLessThan(1e-5);
  return 'equal';
}

async function expectEqualOrRefused(name: string, file: Uint8Array, mutants: number): Promise<void> {
  const dice = new Dice(name);
  const counts = { equal: 0, refused: 0, invalid: 0, 'not finite': 0 };
  expect(await judge(file, name)).toBe('equal');
  for (let i = 0; i < mutants; i++) counts[await judge(onnxMutant(file, dice), `${name}, mutant ${i}`)]++;
  expect(counts.equal, JSON.stringify(counts)).toBeGreaterThan(mutants / 5);
}

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

const GOLDEN = ['mlp', 'conv1d', 'inception-lrn', 'resnet', 'mobilenet', 'group-dilated'];
const TRANSFORMERS = [
  ...[
    'swin-mini/model-opset17',
    'swin-mini/model-opset13',
    'cct-mini/model-opset20',
    'mha-torch/model-opset13',
  ],
  ...['convnext-mini/model-opset17', 'vit-gap/model-opset13', 'gated-cnn/model-opset17'],
  'mnist-vit-371/model-opset13',
];
const FILES = [
  ...GOLDEN.map((name) => `golden/${name}/model.onnx`),
  ...TRANSFORMERS.map((name) => `golden-transformers/${name}.onnx`),
];

describe('mutants of networks compute what onnxruntime computes, or are refused', () => {
  it('what exporters write around shapes', () =>
    expectEqualOrRefused('exported', onnxBytes(exported, 17), 400));

  it.skipIf(!hasShared).each(FILES)(`%s${needsShared}`, (path) =>
    expectEqualOrRefused(path, readFileSync(shared(path)), 60),
  );
});
