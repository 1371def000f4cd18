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
import { exportedNetwork } from './exported-network.js';
import { temporaryFile } from './onnx-file.js';
import { logitsOf, noise, relativeError, runOriginal } from './support.js';

/**
 * What becomes of a file: `equal` numbers, refused by us in one line, by onnxruntime alone, or numbers that are not finite, or
 * that hang on the last bits of the input.
 */
type Verdict = 'equal' | 'refused' | 'invalid' | 'not finite' | 'ill-conditioned';

/** Imports a file and compares what it computes with what onnxruntime makes of the file itself. */
async function judge(file: Uint8Array, shown: string): Promise<Verdict> {
  const network = await loadNetwork({ weights: temporaryFile(file, '.onnx') }).catch((error: unknown) => {
    expect(error, shown).toBeInstanceOf(InputError);
    expect((error as Error).message).not.toContain('\n');
  });
  if (!network) return 'refused';
  const { output } = partFor(decodeModel(Uint8Array.from(file)));
  const input = noise(sizeOf(network.inputShape));
  const original = (numbers: Float32Array) => runOriginal(file, [1, ...network.inputShape], numbers, output);
  const expected = await original(input).catch(() => undefined);
  if (!expected) return 'invalid';
  if (!expected.every(Number.isFinite)) return 'not finite';
  const error = relativeError(await logitsOf(network.graph, input), expected);
  if (expected.every((value) => value === 0) || error < 1e-5) return 'equal';
  const nearby = await original(input.map((value, i) => value * (1 + (i % 2 ? 1 : -1) * 2 ** -22)));
  expect(error, shown).toBeLessThan(10 * relativeError(nearby, expected));
  return 'ill-conditioned';
}

async function expectEqualOrRefused(name: string, file: Uint8Array, mutants: number): Promise<void> {
  const dice = new Dice(name);
  const counts = { equal: 0, refused: 0, invalid: 0, 'not finite': 0, 'ill-conditioned': 0 };
  expect(await judge(file, name)).toBe('equal');
  for (let i = 0; i < mutants; i++) counts[await judge(onnxMutant(file, dice), `${name}, mutant ${i}`)]++;
  expect(counts.equal, JSON.stringify(counts)).toBeGreaterThan(mutants / 5);
}

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
  it('what exporters write around shapes', () => expectEqualOrRefused('exported', exportedNetwork(), 400));

  it.skipIf(!hasShared).each(FILES)(`%s${needsShared}`, (path) =>
    expectEqualOrRefused(path, readFileSync(shared(path)), 60),
  );
});
