import { describe, expect, it } from 'vitest';
import type { GraphBuilder } from '../../src/graph/builder.js';
import { floatTensor, type Tensor } from '../../src/graph/tensor.js';
import { embedWords, explain, type InputError, loadNetwork, perturb } from '../../src/index.js';
import { heatproof } from '../cli/heatproof.js';
import { onnxBytes, temporaryFile } from '../import/onnx-file.js';
import { withInputs } from '../import/word-file.js';
import { hasShared, needsShared, shared } from '../shared.js';

const TABLE = [
  [0, 0],
  [1, -2],
  [3, 0.5],
];
const TYPES = [
  [0.25, 0],
  [0, -0.5],
];
const HEAD = [
  [1, -1],
  [2, 0.5],
];
const table = (b: GraphBuilder, name: string, rows: number[][]) =>
  b.constant(floatTensor([rows.length, 2], rows.flat()), name);

/** Words and types are added, masked, summed over words, and weighted. */
const graph = withInputs(
  ['token_type_ids', 'input_ids', 'attention_mask'],
  (b, [types = '', ids = '', mask = '']) => {
    const words = b.add('Gather', [table(b, 'words', TABLE), b.add('Cast', [ids], { to: 7 })]);
    const sum = b.add('Add', [words, b.add('Gather', [table(b, 'types', TYPES), types])]);
    const seen = b.add('Unsqueeze', [b.add('Cast', [mask], { to: 1 }), b.ints([2])]);
    const kept = b.add('ReduceSum', [b.add('Mul', [sum, seen]), b.ints([1])], { keepdims: 0 });
    return b.add('Gemm', [kept, b.constant(floatTensor([2, 2], HEAD.flat()), 'head')], { transB: 1 });
  },
);
const path = temporaryFile(onnxBytes(graph, 17), '.onnx');
const asked = { weights: path, inputShape: [3] };
const INPUTS = { input_ids: [2, 1, 2], attention_mask: [1n, 1n, 0n], token_type_ids: [0, 1, 1] };

describe('a network of words', () => {
  it('is explained at the embeddings, one number a word; masks and other embeddings are given', async () => {
    const network = await loadNetwork(asked);
    expect(network.inputShape).toEqual([2, 3]);
    const { input, given } = embedWords(network, INPUTS);
    expect([...input]).toEqual([3, 1, 3, 0.5, -2, 0.5]);
    const { heatmap, logits } = await explain(network, input, {
      method: 'gradient-x-input',
      target: 1,
      given,
    });
    // words 3, 0.5 and 1, -2, types 0.25, 0 and 0, -0.5; the third word is masked
    const seen = [3 + 0.25 + 1, 0.5 - 2 - 0.5];
    expect([...logits]).toEqual(
      HEAD.map(([a = 0, b = 0]) => a * (seen[0] as number) + b * (seen[1] as number)),
    );
    expect([...heatmap.values]).toEqual([2 * 3 + 0.5 * 0.5, 2 * 1 + 0.5 * -2, 0]);
  });

  it('has the hash of its table, too', async () => {
    const constants = new Map<string, Tensor>([
      ...graph.constants,
      ['words', floatTensor([3, 2], new Float32Array(6))],
    ]);
    const other = temporaryFile(onnxBytes({ ...graph, constants }, 17), '.onnx');
    const hashes = [(await loadNetwork(asked)).hash, (await loadNetwork({ ...asked, weights: other })).hash];
    expect(new Set(hashes).size).toBe(2);
  });

  it.each<[string, Record<string, number[]>, string]>([
    ['an id beyond the table', { input_ids: [2, 3, 0] }, 'id (input_ids, place 1): expected 0..2, got 3'],
    ['a negative id', { input_ids: [2, -1, 0] }, 'id (input_ids, place 1): expected 0..2, got -1'],
    ['too few ids', { input_ids: [2] }, "network input 'input_ids' (network net): expected 3 numbers, got 1"],
  ])('refuses %s', async (_, changes, message) => {
    const network = await loadNetwork({ ...asked, name: 'net' });
    expect(() => embedWords(network, { ...INPUTS, ...changes })).toThrow(message);
  });

  it('refuses a mask that is missing', async () => {
    const network = await loadNetwork({ ...asked, name: 'net' });
    const { input } = embedWords(network, INPUTS);
    const message = async (promise: Promise<unknown>) =>
      promise.then(
        () => '',
        (error: InputError) => error.message,
      );
    expect(await message(explain(network, input, { method: 'gradient' }))).toBe(
      "network input 'token_type_ids' (network net): expected 6 numbers ([3,2]), got none",
    );
    expect(
      await message(perturb(network, input, { values: new Float32Array(3) }, { region: 1, steps: 1 })),
    ).toBe("network input 'token_type_ids' (input): expected 6 numbers ([3,2]), got none");
  });

  it('gets one line from the command line, where inputs are images or arrays', async () => {
    const model = temporaryFile(`weights: ${path}\ninputShape: [3]\n`, '.yaml');
    const { code, stderr } = await heatproof(['explain', 'a.png', '--model', model, '--method', 'gradient']);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^heatproof: input of the network \(.*\): expected numbers, such as images or arrays have, got ids of words \('input_ids', 'token_type_ids'\), which documents have \(type: text\)\n$/,
    );
  });

  it.each<[string, (b: GraphBuilder, inputs: string[]) => string, RegExp]>([
    [
      'ids that no table reads',
      (b, [ids = '']) => b.add('ReduceMean', [b.add('Cast', [ids], { to: 1 })], { axes: [1] }),
      /type of the input \(ids\): expected numbers such as pixels \(float\), or ids of words/,
    ],
    [
      'ids that are counted with',
      (b, [ids = '']) => {
        const words = b.add('Gather', [table(b, 'words', TABLE), ids]);
        const place = b.add('Unsqueeze', [b.add('Cast', [ids], { to: 1 }), b.ints([2])]);
        return b.add('ReduceSum', [b.add('Mul', [words, place]), b.ints([1])], { keepdims: 0 });
      },
      /unsupported operators: Unsqueeze \(of ids of words\)/,
    ],
    [
      'two tables',
      (b, [ids = '']) => {
        const [first, second] = ['one', 'two'].map((name) => b.add('Gather', [table(b, name, TABLE), ids]));
        const sum = b.add('Mul', [first as string, second as string]);
        return b.add('ReduceSum', [sum, b.ints([1])], { keepdims: 0 });
      },
      /embeddings \(ids\): expected one table, \[words, numbers of each\], read by one Gather, got \[3,2\] by 'Gather', \[3,2\] by 'Gather_1'/,
    ],
  ])('refuses %s', async (_, write, message) => {
    const weights = temporaryFile(onnxBytes(withInputs(['ids'], write), 17), '.onnx');
    await expect(loadNetwork({ weights, inputShape: [3] })).rejects.toThrow(message);
  });

  it.skipIf(!hasShared)(`reads a word network and its unread mask${needsShared}`, async () => {
    for (const file of ['cnn.onnx', 'cnn-attention-mask.onnx']) {
      const network = await loadNetwork({ weights: shared('text', file), inputShape: [200] });
      expect(network.inputShape).toEqual([32, 200]);
      expect(network.graph.inputs).toHaveLength(1);
    }
  });
});
