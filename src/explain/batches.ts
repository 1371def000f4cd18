import type { Session } from '../engine/engine.js';
import { floatTensor, sizeOf, type Tensor } from '../graph/tensor.js';
import type { Network } from '../import/network.js';
import type { ExplainRequest } from './request.js';

/** An input to run, and the request that says what its logits start with. */
export interface Item {
  readonly input: Float32Array;
  readonly request: ExplainRequest;
}

/** The outputs of one item by name; the arrays are views of the batch's. */
export type Receive = (outputs: Readonly<Record<string, Float32Array>>, index: number) => void;

/** Runs any number of inputs through the sessions of one network, `batch` at a time. */
export class BatchRunner {
  constructor(
    readonly network: Network,
    readonly batch: number,
  ) {}

  /**
   * The items are drawn from an iterator, so that hardly more than one batch of them exists at a time. None is left for a
   * batch of its own: the engine adds in another order when it multiplies one row by a matrix, and the numbers must not
   * depend on the batch. So the last one may be one larger.
   * @param weighted whether the session has an input `weights`
   */
  async run(session: Session, items: Iterable<Item>, receive: Receive, weighted = true): Promise<void> {
    let done = 0;
    const waiting: Item[] = [];
    const flush = async (count: number) => {
      const batch = waiting.splice(0, count);
      const outputs = Object.entries(await session.run(this.#feeds(batch, weighted)));
      for (let i = 0; i < count; i++) {
        const rows = outputs.map(([name, tensor]) => [name, rowOf(tensor, i, count)]);
        receive(Object.fromEntries(rows), done + i);
      }
      done += count;
    };
    const most = Math.max(2, this.batch);
    for (const item of items) {
      waiting.push(item);
      if (waiting.length === most + 2) await flush(most);
    }
    if (waiting.length > 0) await flush(waiting.length);
  }

  #feeds(items: readonly Item[], weighted: boolean): Record<string, Tensor> {
    const { classes, graph } = this.network;
    const feeds: Record<string, Tensor> = {};
    for (const [i, { name, shape }] of graph.inputs.entries()) {
      const sample = shape.slice(1);
      const numbersOf = ({ input, request }: Item) => (i === 0 ? input : request.given?.[name]);
      const rows = stacked(items, sizeOf(sample), (row, item) => row.set(numbersOf(item) ?? []));
      feeds[name] = floatTensor([items.length, ...sample], rows);
    }
    if (!weighted) return feeds;
    const weights = stacked(items, classes, (row, { request: { target, weights } }) => {
      if (weights) row.set(weights);
      else row[target] = 1;
    });
    return { ...feeds, weights: floatTensor([items.length, classes], weights) };
  }
}

function stacked(items: readonly Item[], size: number, fill: (row: Float32Array, item: Item) => void) {
  const data = new Float32Array(items.length * size);
  items.forEach((item, i) => {
    fill(data.subarray(i * size, (i + 1) * size), item);
  });
  return data;
}

function rowOf({ data }: Tensor, index: number, rows: number): Float32Array {
  const size = data.length / rows;
  return (data as Float32Array).subarray(index * size, (index + 1) * size);
}
