import { mismatch } from '../../errors.js';
import type { Embedding } from '../../graph/embedding.js';
import { copyStrided } from '../../graph/strided.js';
import { sizeOf } from '../../graph/tensor.js';

/** What a network is known by where words become its input. */
export interface WordNetwork {
  readonly name: string;
  /** Without the batch: [numbers of an embedding, words] where it reads ids. */
  readonly inputShape: readonly number[];
  readonly graph: {
    readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  };
  readonly embeddings?: readonly Embedding[];
}

/** What a network of words is given: its input, which is explained, and its other inputs. */
export interface EmbeddedWords {
  /** [numbers of an embedding, words], as the network's `inputShape` says. */
  readonly input: Float32Array;
  /** What the network's other inputs are given, by their names. */
  readonly given: Readonly<Record<string, Float32Array>>;
}

/**
 * The input of a network that reads ids of words: their embeddings, which are what is explained. The heatmap has one number a word,
 * the sum over its embedding.
 *
 * @param inputs numbers for every input of the file by its name (`input_ids`, `attention_mask`, `token_type_ids`...), without
 *   the batch
 * @throws InputError for a network that reads no ids, an input that is missing or of another size, or an id beyond its table
 */
export function embedWords(
  network: WordNetwork,
  inputs: Readonly<Record<string, ArrayLike<number | bigint>>>,
): EmbeddedWords {
  const { embeddings = [], graph, name } = network;
  if (embeddings.length === 0) {
    throw mismatch({
      what: 'input of the network',
      where: `network ${name}`,
      expected: 'ids of words',
      got: 'numbers',
    });
  }
  const numbers = (input: string, count: number) => {
    const found = inputs[input];
    if (found?.length === count) return Array.from(found, Number);
    throw mismatch({
      what: `network input '${input}'`,
      where: `network ${name}`,
      expected: `${count} numbers`,
      got: found ? String(found.length) : 'none',
    });
  };
  const embedded = (embedding: Embedding, count: number) => rowsOf(embedding, numbers(embedding.ids, count));
  const [[width = 0, words = 0], others] = [network.inputShape, graph.inputs.slice(1)];
  const rows = embedded(embeddings[0] as Embedding, words);
  const given = others.map(({ name, shape }) => {
    const embedding = embeddings.find(({ input }) => input === name);
    const sample = embedding ? shape.slice(1, -1) : shape.slice(1);
    const count = sizeOf(sample);
    return [name, embedding ? embedded(embedding, count) : Float32Array.from(numbers(name, count))] as const;
  });
  const input = new Float32Array(rows.length);
  copyStrided(rows, input, [width, words], [1, width]);
  return { input, given: Object.fromEntries(given) };
}

/** The rows of a table at ids. @throws InputError for an id that it has no row for */
export function rowsOf({ ids: where, table }: Embedding, ids: readonly number[]): Float32Array {
  const [count = 0, width = 0] = table.dims;
  const rows = new Float32Array(ids.length * width);
  for (const [i, id] of ids.entries()) {
    if (!(Number.isInteger(id) && id >= 0 && id < count)) {
      throw mismatch({
        what: 'id',
        where: `${where}, place ${i}`,
        expected: `0..${count - 1}`,
        got: String(id),
      });
    }
    rows.set(table.data.subarray(id * width, (id + 1) * width), i * width);
  }
  return rows;
}
