import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddress } from '../../src/queue/address.js';
import { Board, type QueuedRun } from '../../src/queue/board.js';
import { encodePacket, type Packet } from '../../src/queue/packet.js';
import { type Running, startHeatproof } from '../cli/heatproof.js';
import { computedUnits, contentsOf, journalReaches } from '../run/directories.js';
import { IMAGES, SmallRun } from '../run/small-run.js';
import { hasRedis, needsRedis, PASSWORD, RedisServer } from './redis-server.js';

/** Seconds after which a silent worker's units are given to others. */
const LEASE = 2;

const disturbed = { NODE_OPTIONS: `--import ${pathToFileURL('test/queue/disturbed.mjs').href}` };

describe.skipIf(!hasRedis)(`a run at a queue${needsRedis}`, () => {
  const redis = new RedisServer();
  const small = new SmallRun();
  let alone: Record<string, string>;
  let client: Redis;

  beforeAll(async () => {
    await redis.start();
    const { shown: _, ...options } = parseAddress(redis.url);
    client = new Redis(options);
    client.on('error', () => {});
    alone = contentsOf(await small.finish('alone'));
  });
  afterAll(async () => {
    client?.disconnect();
    await redis.remove();
    small.remove();
  });

  const board = () => new Board(client, redis.shown, () => {});
  const work = (env: Record<string, string> = {}): Running =>
    startHeatproof(['work', '--queue', redis.url, '--workers', '1', '--wait', '60'], {
      env: { ...disturbed, ...env },
    });
  const coordinate = (name: string, ...args: string[]) =>
    small.start(name, ['--queue', redis.url, '--lease', String(LEASE), '--workers', '1', ...args]);
  /** Sends a packet as a worker would, and waits until the coordinator has taken it. */
  const send = async (packet: Packet) => {
    await board().send(await encodePacket(packet));
    while ((await client.xlen('heatproof:results')) > 0) await setTimeout(20);
  };

  it('writes, byte for byte, what one machine writes, whatever happens to workers and Redis', async () => {
    const out = small.out('many');
    const run = coordinate('many');
    const killed = work({ SLOW: '150' });
    const slow = work({ SLOW: '150', HIDDEN_DISK: 'yes' });
    const told = work({ SLOW: '150' });

    await journalReaches(out, 3);
    killed.kill('SIGKILL');
    slow.kill('SIGSTOP');
    await journalReaches(out, 5);

    const { record } = (await board().readRun()) as QueuedRun;
    const statement = { host: 'here', threads: 0, record, codecs: {}, canaries: [] };
    await send({ kind: 'join', worker: 'other', statement });
    expect(await board().readAnswer('other')).toMatchObject({
      refused: expect.stringMatching(/webp: .* -> nothing.*other bits for .*\/a: /),
    });

    const late = work({ SLOW: '150' });
    await redis.kill();
    await setTimeout(500);
    await redis.start();
    await journalReaches(out, 8);
    told.kill('SIGTERM');
    expect(await told.ended).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/units done; the others are given back\n$/),
    });
    slow.kill('SIGCONT');
    const ended = await run.ended;
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain('worker other is refused, it would measure something else: ');
    expect(ended.stderr + (await late.ended).stderr).not.toContain(PASSWORD);
    expect(contentsOf(out)).toEqual(alone);
    expect(computedUnits(out)).toHaveLength(IMAGES);
    for (const worker of [slow, late])
      expect(await worker.ended).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('the run is over'),
      });
  });
});
