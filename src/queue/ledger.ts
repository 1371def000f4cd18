import type { Evaluate } from '../evaluation/job.js';
import type { ChunkData } from './board.js';

/** Units of one network that a worker does together. */
export interface Chunk extends ChunkData {
  readonly id: string;
}

/** What is known of a unit that arrives: it is the first of its kind, one that came before with the same bits or others. */
export type Arrival = 'first' | 'same' | 'other' | 'unknown';

/** Of a unit that was given up. */
const GIVEN_UP = 0n;

/** Keeps account of who has which unit, and which have arrived. Takes 16 bytes a unit besides the list of jobs, however many have arrived. */
export class Ledger {
  readonly #jobs: readonly Evaluate[];
  readonly #places: ReadonlyMap<string, number>;
  /** By unit: the checksum of its line, once it has arrived. */
  readonly #checksums: BigUint64Array;
  readonly #arrived: Uint8Array;
  /** Those of whose units some have not arrived. */
  readonly #chunks = new Map<string, { chunk: Chunk; keys: Set<string> }>();
  /** What was given back, to be handed out first. */
  readonly #again: ChunkData[] = [];
  readonly #name: string;
  #next = 0;
  #made = 0;
  left: number;

  /** @param name begins the names of chunks, which must not be those of an earlier coordinator */
  constructor(jobs: readonly Evaluate[], name: string) {
    this.#jobs = jobs;
    this.#places = new Map(jobs.map(({ key }, place) => [key, place]));
    this.#checksums = new BigUint64Array(jobs.length);
    this.#arrived = new Uint8Array(jobs.length);
    this.#name = name;
    this.left = jobs.length;
  }

  /** The chunks that are out. */
  get out(): string[] {
    return [...this.#chunks.keys()];
  }

  /** How many units nobody has. */
  get waiting(): number {
    const given = this.#again.reduce((sum, { jobs }) => sum + jobs.length, 0);
    return this.#jobs.length - this.#next + given;
  }

  /** The job of the unit that would be handed out next. */
  get upcoming(): Evaluate | undefined {
    while (this.#arrived[this.#next]) this.#next++;
    return this.#again[0]?.jobs[0] ?? this.#jobs[this.#next];
  }

  job(key: string): Evaluate | undefined {
    const place = this.#places.get(key);
    return place === undefined ? undefined : this.#jobs[place];
  }

  /** Hands out the next units, at most so many; undefined where none is left. */
  handOut(most: number): Chunk | undefined {
    const data = this.#again.shift() ?? this.#fresh(most);
    if (!data) return undefined;
    const jobs = data.jobs.filter(({ key }) => !this.#has(key));
    if (jobs.length === 0) return this.handOut(most);
    const chunk = { ...data, jobs, id: `${this.#name}-${this.#made++}` };
    this.#chunks.set(chunk.id, { chunk, keys: new Set(jobs.map(({ key }) => key)) });
    return chunk;
  }

  #fresh(most: number): ChunkData | undefined {
    const first = this.#jobs[this.#next];
    if (!first) return undefined;
    const jobs: Evaluate[] = [];
    for (
      let job = this.#jobs[this.#next];
      job && job.network === first.network;
      job = this.#jobs[this.#next]
    ) {
      if (jobs.length === most) break;
      jobs.push(job);
      this.#next++;
    }
    return { jobs, alone: false };
  }

  #has(key: string): boolean {
    return this.#arrived[this.#places.get(key) ?? -1] === 1;
  }

  /** Notes that a unit has arrived with a line of this checksum; without one it was given up. */
  arrive(key: string, chunk: string, checksum: string | undefined): Arrival {
    const place = this.#places.get(key);
    if (place === undefined) return 'unknown';
    const account = this.#chunks.get(chunk);
    if (account?.keys.delete(key) && account.keys.size === 0) this.#chunks.delete(chunk);
    const bits = checksum === undefined ? GIVEN_UP : BigInt(`0x${checksum}`);
    if (this.#arrived[place]) {
      const before = this.#checksums[place];
      return before === bits || before === GIVEN_UP || bits === GIVEN_UP ? 'same' : 'other';
    }
    this.#arrived[place] = 1;
    this.#checksums[place] = bits;
    this.left--;
    return 'first';
  }

  /** Takes back what a worker does not do of a chunk; what it gives back of one that is not out is known already. */
  takeBack(chunk: string, keys: readonly string[], alone: boolean): void {
    const account = this.#chunks.get(chunk);
    if (!account) return;
    const jobs = keys.filter((key) => account.keys.delete(key)).map((key) => this.job(key) as Evaluate);
    if (account.keys.size === 0) this.#chunks.delete(chunk);
    if (alone) this.#again.push(...jobs.map((job) => ({ jobs: [job], alone })));
    else if (jobs.length > 0) this.#again.push({ jobs, alone });
  }

  /** Takes back a chunk that has been lost, as it was. */
  takeBackAll(chunk: string): void {
    const account = this.#chunks.get(chunk);
    if (account) this.takeBack(chunk, [...account.keys], account.chunk.alone);
  }
}
