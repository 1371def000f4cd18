import type { FloatTensor } from './tensor.js';

/** What a network's file has for ids at one of its inputs. */
export interface Embedding {
  /** The input in the file. */
  readonly ids: string;
  /** The input of the graph, which holds their embeddings. */
  readonly input: string;
  /** [ids, numbers of each] */
  readonly table: FloatTensor;
}
