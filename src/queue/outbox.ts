import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { LineFile } from '../files/line-file.js';
import type { Board } from './board.js';
import { encodePacket, type GivenBack, type Inline, type OnDisk, type Sent } from './packet.js';

/** The line of a unit, and files of its heatmaps below a folder. */
export interface Computed {
  readonly line: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/** How a result gets to the coordinator: its content, or where it lies on a shared disk. */
export interface Carrier {
  /** The folder in which folders of heatmaps are. */
  readonly folder: string;
  carry(computed: readonly Computed[]): Promise<(Inline | OnDisk)[]>;
  close(): Promise<void>;
}

/** Everything through the queue. */
export function throughQueue(folder: string): Carrier {
  return {
    folder,
    async close() {},
    carry: (computed) =>
      Promise.all(
        computed.map(async ({ line, folder: own, files }): Promise<Inline> => {
          const read = files.map(
            async (path) => [path, (await readFile(join(folder, own, path))).toString('base64')] as const,
          );
          return { line, files: Object.fromEntries(await Promise.all(read)) };
        }),
      ),
  };
}

/** Into a journal of the worker's own on the shared disk, beside which the folders of heatmaps are. */
export function throughDisk(folder: string, journal: LineFile): Carrier {
  let end = 0;
  return {
    folder,
    close: () => journal.close(),
    async carry(computed) {
      await journal.append(...computed.map(({ line }) => line));
      return computed.map(({ line, folder: own, files }): OnDisk => {
        const offset = end;
        const length = Buffer.byteLength(line);
        end += length + 1;
        return { offset, length, folder: own, files };
      });
    },
  };
}

/** A result on its way. */
export interface Leaving {
  readonly sent: Omit<Sent, 'result'>;
  readonly result: Computed | { readonly error: string };
}

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
      if ('result' in item && 'line' in item.result) bytes += item.result.line.length;
      if (bytes > PACKET) break;
    }
    return this.#items.splice(0, count);
  }

  async #send(items: readonly Item[]): Promise<void> {
    const computed = items.flatMap((item) =>
      'result' in item && 'line' in item.result ? [item.result] : [],
    );
    const carried = await this.#carrier().carry(computed);
    const results: Sent[] = [];
    for (const item of items) {
      if (!('result' in item)) continue;
      const result = 'error' in item.result ? item.result : (carried.shift() as Inline | OnDisk);
      results.push({ ...item.sent, result });
    }
    const back = items.flatMap((item) => ('back' in item ? [item.back] : []));
    const bytes = await encodePacket({ kind: 'results', worker: this.#worker, results, back });
    await deliver(this.#board, bytes);
  }
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
