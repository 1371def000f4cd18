import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { queueStatus } from '../../src/queue/status.js';
import { commandOf, type Running, start } from '../cli/heatproof.js';
import { computedUnits, contentsOf, journalReaches, lineCount } from '../run/directories.js';
import { IMAGES, SmallRun } from '../run/small-run.js';
import { DISTURBED } from './disturbed.js';
import { hasNamespaces, Namespace, needsNamespaces } from './namespaces.js';
import { hasRedis, needsRedis, PASSWORD, RedisServer } from './redis-server.js';

const possible = hasRedis && hasNamespaces;

/** Milliseconds after which a worker without a cable has noticed it: it says something every two seconds, and waits for an answer. */
const LOST = 4500;

describe.skipIf(!possible)(
  `workers on other machines${needsRedis}${needsNamespaces}`,
  { timeout: 300_000 },
  () => {
    const small = new SmallRun();
    const redis = new RedisServer();
    const namespaces = hasNamespaces ? Array.from({ length: 4 }, () => new Namespace()) : [];
    const workers: Running[] = [];

    afterAll(async () => {
      await redis.remove();
      for (const one of namespaces) one.remove();
      small.remove();
    });

    /** Starts workers until there are so many, each in a network of its own, and waits until all have begun. */
    async function begin(count: number): Promise<void> {
      for (const one of namespaces.slice(workers.length, count)) {
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
        workers.push(start(command, { env: { ...DISTURBED, SLOW: '1500', HIDDEN_DISK: 'yes' } }));
      }
      while ((await queueStatus(redis.url, () => {})).workers.length < count) await setTimeout(200);
    }

    it('1, 2 and 4 of them: their cables are pulled, others join meanwhile, and the files are those of one machine', async () => {
      const alone = contentsOf(await small.finish('alone'));
      await redis.start('--bind', '127.0.0.1', ...namespaces.map(({ address }) => address));
      const out = small.out('many');
      const run = small.start('many', ['--queue', redis.url, '--lease', '2', '--workers', '1']);
      await begin(1);
      await journalReaches(out, 2, run);
      for (const count of [2, 4]) {
        const cut = namespaces.slice(0, workers.length);
        for (const one of cut) one.cut();
        await Promise.all([begin(count), setTimeout(LOST)]);
        await journalReaches(out, lineCount(join(out, 'journal.jsonl')) + 1, run);
        for (const one of cut) one.join();
      }
      expect(await run.ended).toMatchObject({ code: 0 });
      for (const [i, worker] of workers.entries()) {
        const { code, stderr } = await worker.ended;
        expect([code, stderr.includes('connection is lost; trying again')]).toEqual([0, i < 2]);
      }
      expect(contentsOf(out)).toEqual(alone);
      expect(computedUnits(out)).toHaveLength(IMAGES);
    });
  },
);
