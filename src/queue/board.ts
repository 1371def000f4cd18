import type { Redis } from 'ioredis';
import type { Evaluate } from '../evaluation/job.js';
import { insist, type Waited } from './redis.js';
import type { Asked } from './statement.js';

/**
 * What coordinator and workers of a run write for each other into one database of Redis. The chunks themselves are jobs of
 * BullMQ; results go through a stream that holds no more than {@link HELD} bytes.
 */
const KEYS = {
  run: 'heatproof:run',
  coordinator: 'heatproof:coordinator',
  progress: 'heatproof:progress',
  workers: 'heatproof:workers',
  results: 'heatproof:results',
  held: 'heatproof:results:bytes',
  admitted: 'heatproof:admitted',
  tries: 'heatproof:tries',
  answers: 'heatproof:answers',
} as const;

/** The queue of BullMQ: its keys begin with prefix:name. */
export const CHUNKS = { prefix: 'heatproof', name: 'chunks' } as const;

/** How long, in seconds, a coordinator is taken to be alive, the run that is over known, an answer kept. */
const COORDINATOR_LEASE = 15;
const OVER = 600;
const HELD = 64 * 2 ** 20;
/** Entries of the stream that are read at a time. */
const READ = 200;

/** A run at a queue. */
export interface QueuedRun extends Asked {
  readonly id: string;
  /** `opening` while its coordinator computes the canaries: they are the likely ones, without checksums. */
  readonly state: 'opening' | 'running' | 'paused' | 'over';
  /** Whether machines with other bits may take part. */
  readonly mixed: boolean;
  /** Seconds after which the units of a worker that says nothing are given to others. */
  readonly lease: number;
  /** A folder of the run, and the token in its file `token`: who finds it there has the same disk. */
  readonly shared: { readonly folder: string; readonly token: string };
}

/** What a worker says of itself every few seconds. */
export interface Beat {
  readonly host: string;
  readonly pid: number;
  readonly threads: number;
  readonly done: number;
  /** Seconds by Redis' clock. */
  readonly at: number;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Units that this coordinator has taken since it began, and seconds by Redis' clock since then. */
  readonly taken: number;
  readonly since: number;
}

/** An entry of the stream of results. */
export interface Entry {
  readonly id: string;
  readonly bytes: Buffer;
}

export type Answer = { readonly refused?: string };

/** Adds to the stream of results unless it is full, or gone since the run is over. */
const SEND = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 'gone' end
local held = tonumber(redis.call('GET', KEYS[2]) or '0')
if held > 0 and held + tonumber(ARGV[1]) > ${HELD} then return 'full' end
redis.call('XADD', KEYS[1], '*', 'packet', ARGV[2])
redis.call('INCRBY', KEYS[2], ARGV[1])
return 'sent'`;

/** Takes entries of the stream away. */
const TAKE = `
for i = 2, #ARGV, 2 do
  if redis.call('XDEL', KEYS[1], ARGV[i]) == 1 then redis.call('DECRBY', KEYS[2], ARGV[i + 1]) end
end
return 'taken'`;

/** Takes the place of the coordinator, or keeps it, which a Redis that is full allows. */
const LEAD = `
local leader = redis.call('GET', KEYS[1])
if leader == ARGV[1] then return redis.call('EXPIRE', KEYS[1], ${COORDINATOR_LEASE}) end
if leader then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ${COORDINATOR_LEASE})
return 1`;

type Script = (...values: (string | number | Buffer)[]) => Promise<string | number>;
type Scripted = Redis & { readonly heatproofSend: Script; heatproofTake: Script; heatproofLead: Script };

export class Board {
  readonly #redis: Scripted;
  /** The address without password. */
  readonly shown: string;
  readonly #onNote: (note: string) => void;
  readonly #waited: Waited = {};
  #read = '0';

  constructor(redis: Redis, shown: string, onNote: (note: string) => void) {
    redis.defineCommand('heatproofSend', { numberOfKeys: 2, lua: SEND });
    redis.defineCommand('heatproofTake', { numberOfKeys: 2, lua: TAKE });
    redis.defineCommand('heatproofLead', { numberOfKeys: 1, lua: LEAD });
    this.#redis = redis as Scripted;
    this.shown = shown;
    this.#onNote = onNote;
  }

  get redis(): Redis {
    return this.#redis;
  }

  async readRun(): Promise<QueuedRun | undefined> {
    return parsed<QueuedRun>(await this.#redis.get(KEYS.run));
  }

  async writeRun(run: QueuedRun): Promise<void> {
    await this.insist(() => this.#redis.set(KEYS.run, JSON.stringify(run)));
  }

  /** Makes the stream of results if there is none. */
  async openResults(): Promise<void> {
    await this.insist(async () => {
      if (await this.#redis.exists(KEYS.results)) return;
      const id = await this.#redis.xadd(KEYS.results, '*', 'packet', '');
      await this.#redis.xdel(KEYS.results, id as string);
    });
  }

  /** Says that a run is over, and forgets everything else of it. */
  async endRun(run: QueuedRun): Promise<void> {
    await this.insist(async () => {
      await this.#redis.set(KEYS.run, JSON.stringify({ ...run, state: 'over' }), 'EX', OVER);
      await this.forget();
    });
  }

  /** Forgets what workers and coordinator of a run have written. */
  async forget(): Promise<void> {
    const { run: _, coordinator: __, ...others } = KEYS;
    await this.#redis.del(...Object.values(others));
  }

  /** Takes or keeps the place of the coordinator; false where another one has it. */
  async lead(id: string): Promise<boolean> {
    return (await this.insist(() => this.#redis.heatproofLead(KEYS.coordinator, id))) === 1;
  }

  async leave(): Promise<void> {
    await this.#redis.del(KEYS.coordinator);
  }

  /** Whether there is a coordinator. */
  async isLed(): Promise<boolean> {
    return (await this.#redis.exists(KEYS.coordinator)) === 1;
  }

  /** Puts a packet into the stream of results. */
  async send(bytes: Buffer): Promise<'sent' | 'full' | 'gone'> {
    const said = this.#redis.heatproofSend(KEYS.results, KEYS.held, bytes.length, bytes);
    return (await said) as 'sent' | 'full' | 'gone';
  }

  /** The next entries of the stream of results, if there are any. */
  async receive(): Promise<Entry[]> {
    const found = await this.insist(() =>
      this.#redis.xreadBuffer('COUNT', READ, 'STREAMS', KEYS.results, this.#read),
    );
    const entries = (found?.[0]?.[1] ?? []).map(([id, fields]) => ({
      id: id.toString(),
      bytes: fields[1] as Buffer,
    }));
    this.#read = entries.at(-1)?.id ?? this.#read;
    return entries;
  }

  /** Takes entries away whose content is safe. */
  async take(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const sizes = entries.flatMap(({ id, bytes }) => [id, bytes.length]);
    await this.insist(() => this.#redis.heatproofTake(KEYS.results, KEYS.held, 'entries', ...sizes));
  }

  async answer(worker: string, answer: Answer): Promise<void> {
    await this.insist(() => this.#redis.hset(KEYS.answers, worker, JSON.stringify(answer)));
  }

  async readAnswer(worker: string): Promise<Answer | undefined> {
    return parsed<Answer>(await this.#redis.hget(KEYS.answers, worker));
  }

  async admit(worker: string): Promise<void> {
    await this.insist(() => this.#redis.sadd(KEYS.admitted, worker));
  }

  async admitted(): Promise<Set<string>> {
    return new Set(await this.insist(() => this.#redis.smembers(KEYS.admitted)));
  }

  /** Counts another try of a unit alone: how many there were with it. */
  async tries(key: string): Promise<number> {
    return this.insist(() => this.#redis.hincrby(KEYS.tries, key, 1));
  }

  async forgetTries(key: string): Promise<void> {
    await this.insist(() => this.#redis.hdel(KEYS.tries, key));
  }

  async beat(worker: string, beat: Omit<Beat, 'at'>): Promise<void> {
    const at = await this.now();
    await this.insist(() => this.#redis.hset(KEYS.workers, worker, JSON.stringify({ ...beat, at })));
  }

  async endBeats(worker: string): Promise<void> {
    await this.#redis.hdel(KEYS.workers, worker);
  }

  /** What workers have said of themselves last, by their names. */
  async workers(): Promise<Map<string, Beat>> {
    const all = Object.entries(await this.#redis.hgetall(KEYS.workers));
    return new Map(all.map(([worker, beat]) => [worker, JSON.parse(beat as string) as Beat]));
  }

  async writeProgress(progress: Progress): Promise<void> {
    await this.insist(() => this.#redis.set(KEYS.progress, JSON.stringify(progress)));
  }

  async readProgress(): Promise<Progress | undefined> {
    return parsed<Progress>(await this.#redis.get(KEYS.progress));
  }

  /** Of some chunks those that BullMQ does not know any more. */
  async missing(chunks: readonly string[]): Promise<string[]> {
    if (chunks.length === 0) return [];
    const asked = this.#redis.pipeline();
    for (const id of chunks) asked.exists(`${CHUNKS.prefix}:${CHUNKS.name}:${id}`);
    const answers = (await asked.exec()) ?? [];
    return chunks.filter((_, i) => answers[i]?.[0] === null && answers[i]?.[1] === 0);
  }

  /** How many chunks wait for a worker. */
  async waiting(): Promise<number> {
    return this.#redis.llen(`${CHUNKS.prefix}:${CHUNKS.name}:wait`);
  }

  /** Seconds by Redis' clock, which is the same for all. */
  async now(): Promise<number> {
    const [seconds, micros] = await this.#redis.time();
    return Number(seconds) + Number(micros) / 1e6;
  }

  /** Does something until Redis can. */
  insist<T>(work: () => Promise<T>): Promise<T> {
    return insist(work, this.#waited, this.#onNote);
  }
}

function parsed<T>(text: string | null): T | undefined {
  return text === null ? undefined : (JSON.parse(text) as T);
}

/** What a chunk of BullMQ holds. */
export interface ChunkData {
  readonly jobs: readonly Evaluate[];
  /** Whether its unit has been among those that a worker ended with. */
  readonly alone: boolean;
}
