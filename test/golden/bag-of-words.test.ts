import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { createExplainers } from '../../src/explain/explainer.js';
import { readNpy } from '../../src/files/npy.js';
import { loadNetwork } from '../../src/import/network.js';
import { relativeError } from '../explain/networks.js';
import { hasShared, needsShared, shared } from '../shared.js';

const golden = (name: string) => readNpy(shared('text', 'golden', name)).data;

/** The lines of a table behind its head, as fields. */
const table = (...path: string[]) =>
  readFileSync(shared('text', ...path), 'utf8').trim().split('\n').slice(1).map((line) => line.split(',')); // biome-ignore format: one line

const WORDS = 8000;
const TOKENS = 200;

/** What a file reads: words counted, or counted and weighted, or that to length 1. */
type Input = 'counts' | 'tfidf' | 'bag';

const FILES: readonly (readonly [file: string, input: Input])[] = [
  ['svm-gemm', 'bag'],
  ['svm-linear-classifier', 'bag'],
  ['svm-zipmap', 'bag'],
  ['svm-linear-regressor', 'bag'],
  ['svm-normalizer', 'tfidf'],
  ['svm-counts', 'counts'],
];

/** The documents with golden relevance: their ids of words, padded, and their class. */
function documents() {
  const ids = readNpy(shared('text', 'ids.npy')).data;
  const rowOf = new Map(table('labels.csv').map(([id], row) => [id, row]));
  return table('golden', 'svm.documents.csv').map(([, id, label]) => {
    const row = rowOf.get(id) as number;
    return {
      row,
      target: label === 'spam' ? 1 : 0,
      ids: Array.from(ids.subarray(row * TOKENS, (row + 1) * TOKENS), Number),
    };
  });
}

/** How often each word stands in a document; padding and what is unknown count nothing. */
function countsOf(ids: readonly number[]): Float64Array {
  const counts = new Float64Array(WORDS);
  for (const id of ids) if (id > 1) counts[id] = (counts[id] as number) + 1;
  return counts;
}

function inputOf(kind: Input, counts: Float64Array, idf: ArrayLike<number>): Float32Array {
  if (kind === 'counts') return Float32Array.from(counts);
  const weighted = counts.map((count, word) => count * (idf[word] as number));
  const norm = kind === 'bag' ? Math.hypot(...weighted) : 1;
  return Float32Array.from(weighted, (value) => value / norm);
}

describe.skipIf(!hasShared)(`golden relevance of words in a linear model${needsShared}`, () => {
  it.each(FILES)('%s of %s', async (file, kind) => {
    const network = await loadNetwork({ weights: shared('text', `${file}.onnx`) });
    const idf = readNpy(shared('text', 'idf.npy')).data;
    const all = documents().map((document) => ({ ...document, counts: countsOf(document.ids) }));
    // The regression has the score of spam only.
    const isSpamOnly = network.classes === 1;
    const signOf = (target: number) => (isSpamOnly && target === 0 ? -1 : 1);
    // The gradient runs through the norm, which relevance passes.
    const methods = ['lrp-epsilon-0.01', ...(kind === 'bag' ? ['gradient-x-input'] : [])];
    const set = await createExplainers(onnxruntime, network, methods, { batch: 16 });
    const found = await set.explain(
      all.map(({ target, counts }, i) => ({
        id: String(i),
        target: isSpamOnly ? 0 : target,
        input: inputOf(kind, counts, idf),
      })),
    );
    await set.release();
    const scores = golden('svm.score.npy');
    for (const [m, method] of methods.entries()) {
      const expected = golden(`svm.${method}.npy`);
      for (const [i, { row, target, ids, counts }] of all.entries()) {
        const { relevance, logits } = found[m]?.[i] ?? { relevance: [], logits: [] };
        const f = scores[row] as number;
        expect(Math.abs((logits.at(-1) as number) - f)).toBeLessThan(1e-5);
        if (!isSpamOnly) expect(Math.abs((logits[0] as number) + f)).toBeLessThan(1e-5);
        // A word's relevance in equal parts at its occurrences.
        const words = ids.map((id) => id > 1 ? (signOf(target) * (relevance[id] as number)) / (counts[id] as number) : 0); // biome-ignore format: one line
        expect(relativeError(words, expected.subarray(i * TOKENS, (i + 1) * TOKENS)), `${method} ${i}`).toBeLessThan(1e-4); // biome-ignore format: one line
      }
    }
  });
});
