import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { queueStatus } from '../../src/queue/status.js';
import { commandOf, start } from '../cli/heatproof.js';
import { computedUnits, contentsOf, journalReaches } from '../run/directories.js';
import { IMAGES, SmallRun } from '../run/small-run.js';
import { DISTURBED } from './disturbed.js';
import { hasNamespaces, Namespace, needsNamespaces } from './namespaces.js';
import { hasRedis, needsRedis, PASSWORD, RedisServer } from './redis-server.js';

const possible = hasRedis && hasNamespaces;

describe.skipIf(!possible)(
  `workers on other machines${needsRedis}${needsNamespaces}`,
  { timeout: 300_000 },
  () => {
    const small = new SmallRun();
    let alone: Record<string, string>;
    let redis: RedisServer;
    let namespaces: Namespace[] = [];

    beforeAll(async () => {
      alone = contentsOf(await small.finish('alone'));
    });
    afterEach(async () => {
      await redis.remove();
      for (const one of namespaces) one.remove();
    });
    afterAll(() => small.remove());

    it.each([1, 2, 4])(
      'survive that a cable is pulled, %d of them, each in a network of its own',
      async (count) => {
        namespaces = Array.from({ length: count }, () => new Namespace());
        redis = new RedisServer();
        await redis.start('--bind', '127.0.0.1', ...namespaces.map(({ address }) => address));
        const out = small.out(`of ${count}`);
        const run = small.start(`of ${count}`, ['--queue', redis.url, '--lease', '2', '--workers', '1']);
        const workers = namespaces.map((one) => {
          const queue = `redis://:${PASSWORD}@${one.address}:${redis.port}`;
          const command = one.command(
            ...commandOf(),
            'work',
            '--queue',
            queue,
            '--workers',
            '1',
            '--wait',
            '60',
          );
          return start(command, { env: { ...DISTURBED, SLOW: String(600 * count), HIDDEN_DISK: 'yes' } });
        });
        while ((await queueStatus(redis.url, () => {})).workers.length < count) await setTimeout(100);
        await journalReaches(out, 2, run);
        for (const one of namespaces.slice(count / 2)) one.cut();
        await setTimeout(6000);
        for (const one of namespaces.slice(count / 2)) one.join();
        expect(await run.ended).toMatchObject({ code: 0 });
        for (const [i, worker] of workers.entries()) {
          const { code, stderr } = await worker.ended;
          expect(code).toBe(0);
          const lost = 'the connection is lost; trying again';
          if (i >= Math.floor(count / 2)) expect(stderr).toContain(lost);
          else expect(stderr).not.toContain(lost);
        }
        expect(contentsOf(out)).toEqual(alone);
        expect(computedUnits(out)).toHaveLength(IMAGES);
      },
    );
  },
);
