import { setTimeout } from 'node:timers/promises';
import type { LineFile } from '../files/line-file.js';
import type { Board } from './board.js';
import { encodePacket, type GivenBack, type Inline, type OnDisk, type Sent } from './packet.js';

/** How lines get to the coordinator: as they are, or by where they lie on a shared disk. */
export interface Carrier {
  carry(lines: readonly string[]): Promise<(Inline | OnDisk)[]>;
  close(): Promise<void>;
}

/** Through the queue. */
export const THROUGH_QUEUE: Carrier = {
  carry: async (lines) => lines.map((line) => ({ line })),
  async close() {},
};

/** Into a new journal of the worker's own on the shared disk. */
export function throughDisk(journal: LineFile): Carrier {
  let end = 0;
  return {
    async carry(lines) {
      await journal.append(...lines);
      return lines.map((line): OnDisk => {
        const offset = end;
        const length = Buffer.byteLength(line);
        end += length + 1;
        return { offset, length };
      });
    },
    close: () => journal.close(),
  };
}

/** A result on its way. */
export type Leaving = Omit<Sent, 'result' | 'files'> & {
  readonly result: Inline | { readonly error: string };
  readonly files?: Inline;
};

type Item = (Leaving | { readonly back: GivenBack }) & { readonly gone: () => void };

/** Bytes of lines, about, in one packet; results that wait for one another go together. */
const PACKET = 2 ** 20;
/** Milliseconds between tries where the stream of results is full: the coordinator has not kept up. */
const FULL = 200;

/** Sends results to the coordinator, one packet after the other. */
export class Outbox {
  readonly #board: Board;
  readonly #worker: string;
  readonly #carrier: () => Carrier;
  readonly #items: Item[] = [];
  #sending: Promise<void> | undefined;

  /** @param carrier asked anew for every packet */
  constructor(board: Board, worker: string, carrier: () => Carrier) {
    this.#board = board;
    this.#worker = worker;
    this.#carrier = carrier;
  }

  /** Sends a result; resolved when it is in Redis, and on the shared disk before that. */
  put(leaving: Leaving): Promise<void> {
    return this.#add(leaving);
  }

  /** Gives units of a chunk back. */
  giveBack(back: GivenBack): Promise<void> {
    return this.#add({ back });
  }

  #add(item: Leaving | { readonly back: GivenBack }): Promise<void> {
    return new Promise((gone, failed) => {
      this.#items.push({ ...item, gone });
      this.#sending ??= this.#sendAll().finally(() => {
        this.#sending = undefined;
      });
      this.#sending.catch(failed);
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#items.length > 0) {
      const items = this.#next();
      await this.#send(items);
      for (const { gone } of items) gone();
    }
  }

  #next(): Item[] {
    let [count, bytes] = [0, 0];
    for (const item of this.#items) {
      count++;
      if ('result' in item) for (const { line } of linesOf(item)) bytes += line.length;
      if (bytes > PACKET) break;
    }
    return this.#items.splice(0, count);
  }

  async #send(items: readonly Item[]): Promise<void> {
    const leaving = items.flatMap((item) => ('back' in item ? [] : [item]));
    const carried = await this.#carrier().carry(leaving.flatMap(linesOf).map(({ line }) => line));
    const next = () => carried.shift() as Inline | OnDisk;
    const results = leaving.map(({ gone: _, result, files, ...sent }): Sent => {
      return { ...sent, result: 'line' in result ? next() : result, ...(files && { files: next() }) };
    });
    const back = items.flatMap((item) => ('back' in item ? [item.back] : []));
    const bytes = await encodePacket({ kind: 'results', worker: this.#worker, results, back });
    await deliver(this.#board, bytes);
  }
}

/** What is carried of a result, in its order. */
function linesOf({ result, files }: Leaving): Inline[] {
  return [...('line' in result ? [result] : []), ...(files ? [files] : [])];
}

/** Puts a packet into the stream of results, when there is room; one of a run that is over is dropped. */
export async function deliver(board: Board, bytes: Buffer): Promise<void> {
  for (;;) {
    const said = await board.insist(() => board.send(bytes));
    if (said === 'sent') return;
    // Gone is also what a Redis says that has forgotten everything, until the coordinator has told it again.
    if (said === 'gone' && (await board.insist(() => board.readRun()))?.state === 'over') return;
    await setTimeout(FULL);
  }
}
