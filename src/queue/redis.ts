import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { InputError, messageOf, mismatch } from '../errors.js';
import type { Address } from './address.js';
import { loadQueuePackages } from './packages.js';

/** Streams can be appended to where they are and nowhere else from this version on. */
const OLDEST = [6, 2] as const;

/** Milliseconds. */
const TRY_AGAIN = 500;
const CONNECT = 10_000;

export interface Connection {
  readonly redis: Redis;
  close(): void;
}

/**
 * Connects to a Redis (or Valkey) that can keep a queue. A connection that is lost later is made again, for as long as it
 * takes: commands wait meanwhile.
 *
 * @param onNote told when the connection is lost and when it is back, and of what the server lacks
 * @throws InputError where there is none, it does not let us in, is too old, or may throw jobs away
 */
export async function connect(address: Address, onNote: (note: string) => void): Promise<Connection> {
  const { Redis } = await loadQueuePackages();
  const { shown, ...options } = address;
  const refused = (expected: string, got: string) => mismatch({ what: 'queue', where: shown, expected, got });
  let [connected, lost, closed] = [false, false, false];
  let reason = 'no answer';
  const redis = new Redis({
    ...options,
    lazyConnect: true,
    connectTimeout: CONNECT,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (connected ? Math.min(times * 100, 2000) : null),
  });
  const close = () => {
    closed = true;
    redis.disconnect();
  };
  redis.on('error', (error) => {
    reason = messageOf(error);
  });
  redis.on('close', () => {
    if (connected && !lost && !closed) onNote(`queue (${shown}): the connection is lost; trying again`);
    lost = true;
  });
  redis.on('ready', () => {
    if (connected && lost) onNote(`queue (${shown}): connected again`);
    lost = false;
  });
  try {
    const facts = factsOf(await answered(redis.connect().then(() => redis.info())));
    connected = true;
    const version = facts.get('redis_version') ?? '';
    if (isOlder(version)) throw refused(`Redis ${OLDEST.join('.')} or later`, `version ${version}`);
    if (facts.get('maxmemory') !== '0' && facts.get('maxmemory_policy') !== 'noeviction')
      throw refused('maxmemory-policy noeviction', String(facts.get('maxmemory_policy')));
    if (facts.get('aof_enabled') === '0')
      onNote(`queue (${shown}): without appendonly a Redis that restarts forgets; its units are done again`);
    // The client has selected it by itself; where there is no such database, it goes on in another one and says nothing.
    await redis.select(address.db);
    return { redis, close };
  } catch (error) {
    close();
    if (error instanceof InputError) throw error;
    throw refused('a Redis that lets us in', connected ? messageOf(error) : (deniedBy(error) ?? reason));
  }
}

/** @throws where there is none in time: whatever listens there may be no Redis */
async function answered(answer: Promise<string>): Promise<string> {
  const late = setTimeout(2 * CONNECT, undefined, { ref: false }).then(() => {
    throw new Error('no answer');
  });
  return Promise.race([answer, late]);
}

function deniedBy(error: unknown): string | undefined {
  const message = messageOf(error);
  return /^(NOAUTH|WRONGPASS|NOPERM|ERR)/.test(message) ? message : undefined;
}

/** What INFO says, by name. */
function factsOf(info: string): Map<string, string> {
  return new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const [name, value] = line.split(':', 2);
      return name !== undefined && value !== undefined ? [[name, value] as const] : [];
    }),
  );
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return !(major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]));
}

/** What passes by itself: Redis is full, starts, has lost its disk or its master; the connection is being made. */
const PASSING =
  /^(OOM|LOADING|BUSY|MISCONF|READONLY|MASTERDOWN|TRYAGAIN|CLUSTERDOWN)|Connection is closed|ECONN|ETIMEDOUT/;

/** What is waited for now, by the first word of what Redis says, so that it is said once however much waits for it. */
export interface Waited {
  kind?: string | undefined;
}

/** Does something until Redis can; says what it waits for, unless that is said. */
export async function insist<T>(
  work: () => Promise<T>,
  waited: Waited,
  onNote: (note: string) => void,
): Promise<T> {
  for (let tried = false; ; tried = true) {
    try {
      const done = await work();
      if (tried) waited.kind = undefined;
      return done;
    } catch (error) {
      const message = messageOf(error).replace(/ script: .*/s, '');
      if (!PASSING.test(message)) throw error;
      const [kind] = message.split(' ');
      if (kind !== waited.kind) onNote(`queue: ${message.slice(0, 200)}; trying again`);
      waited.kind = kind;
      await setTimeout(TRY_AGAIN);
    }
  }
}
