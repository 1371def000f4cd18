import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DoneUnit } from '../../src/evaluation/unit.js';
import type { Experiment } from '../../src/experiment/config.js';
import type { RunRecord } from '../../src/experiment/definition.js';
import { parseAddress } from '../../src/queue/address.js';
import { Board, type QueuedRun } from '../../src/queue/board.js';
import { encodePacket, type Packet } from '../../src/queue/packet.js';
import { journalLine, parseLine } from '../../src/results/journal.js';
import { heatproof, heatproofHere, type Running, start, startHeatproof } from '../cli/heatproof.js';
import { computedUnits, contentsOf, journalReaches } from '../run/directories.js';
import { IMAGES, SmallRun } from '../run/small-run.js';
import { DISTURBED } from './disturbed.js';
import { freePort, hasRedis, needsRedis, PASSWORD, RedisServer } from './redis-server.js';

/** Seconds after which a silent worker's units are given to others. */
const LEASE = 2;

describe.skipIf(!hasRedis)(`a run at a queue${needsRedis}`, { timeout: 300_000 }, () => {
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
      env: { ...DISTURBED, ...env },
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

    await journalReaches(out, 3, run);
    killed.kill('SIGKILL');
    slow.kill('SIGSTOP');
    await journalReaches(out, 5, run);

    const { record } = (await board().readRun()) as QueuedRun;
    const statement = { host: 'here', threads: 0, record, codecs: {}, canaries: [] };
    await send({ kind: 'join', worker: 'other', statement });
    expect(await board().readAnswer('other')).toMatchObject({
      refused: expect.stringMatching(
        /webp: .* -> nothing.*other bits for .*\/a: .*; run --mixed-machines lets it take part/,
      ),
    });

    const late = work({ SLOW: '150' });
    await redis.kill();
    await setTimeout(500);
    await redis.start();
    await journalReaches(out, 8, run);
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

  it('lists a unit that ends its workers, and does all others; resuming does it', async () => {
    const out = small.out('poisoned');
    const run = coordinate('poisoned');
    const workers = Array.from({ length: 5 }, () => work({ KILLED_BY: 'f.npy' }));
    const { code, stdout } = await run.ended;
    expect(code).toBe(3);
    expect(stdout).toContain(
      'failed: 1\n  f: every worker process that computed it ended, twice with nothing else in hand\n',
    );
    const ended = await Promise.all(workers.map((worker) => worker.ended));
    expect(ended.map(({ signal }) => signal).sort()).toEqual([...Array(4).fill('SIGKILL'), null]);
    const resumed = coordinate('poisoned', '--resume');
    const worker = work();
    expect(await resumed.ended).toMatchObject({ code: 0 });
    expect(await worker.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('1 units done') });
    expect(contentsOf(out)).toEqual(alone);
  });

  it('lets machines with other bits take part where it may; of a unit that arrives twice with other bits it says so, of one with the same nothing', async () => {
    const out = small.out('twice');
    const run = coordinate('twice', '--mixed-machines');
    const worker = work({ SLOW: '200' });
    await journalReaches(out, 2, run);
    const { record, codecs, canaries } = (await board().readRun()) as QueuedRun;
    await send({
      kind: 'join',
      worker: 'forger',
      statement: { host: '', threads: 0, record, codecs, canaries: canaries.checksums.map(() => 'another') },
    });
    expect(await board().readAnswer('forger')).toEqual({});
    const lines = readFileSync(join(out, 'journal.jsonl'), 'utf8').split('\n');
    const [same, other] = lines.map((line) => parseLine(line)?.unit);
    const results = [same, { ...(other as DoneUnit), top: [] }].map((unit) => ({
      key: unit?.key as string,
      chunk: 'none',
      seconds: 1,
      result: { line: journalLine(unit as DoneUnit) },
    }));
    await send({ kind: 'results', worker: 'forger', results, back: [] });
    const status = await heatproofHere(['status', '--queue', redis.url]);
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toMatch(
      /^tiny: running\n\d+ of 16 units, [\d.]+ a second(, \S[^\n]* left)?\n\nworker +threads +units +seen\n[─ ]+\n\S+ +1 +\d+ +\d+ s ago\n$/,
    );
    const { code, stderr } = await run.ended;
    expect(code).toBe(0);
    expect(stderr.match(/^.*twice.*$/gm)).toEqual([
      `heatproof: ${other?.key} was computed twice with other bits, the second time by worker forger: a machine computes wrongly, or with other kernels; the first stays`,
    ]);
    const { machine } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as RunRecord;
    const { processor } = record.machine;
    const mixed = `other bits for ${canaries.jobs[0]?.key}: ${processor} -> other kernels of ${processor}`;
    expect(machine).toEqual({ ...record.machine, mixed });
    const others = ([name]: [string, string]) => name !== 'run.json' && name !== 'report.html';
    expect(Object.entries(contentsOf(out)).filter(others)).toEqual(Object.entries(alone).filter(others));
    await worker.ended;
  });

  it('keeps the place of its coordinator while Redis is full', { timeout: 10_000 }, async () => {
    expect(await board().lead('one')).toBe(true);
    await client.config('SET', 'maxmemory', '1');
    expect([await board().lead('one'), await board().lead('another')]).toEqual([true, false]);
    await client.config('SET', 'maxmemory', '0');
    await board().leave();
  });

  describe('with bad input says so in one line', () => {
    const line = (args: string[]) => heatproofHere(args);
    const oneLine = (text: RegExp) => ({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(new RegExp(`^heatproof: ${text.source}\n$`)),
    });
    /** A run of this experiment on the board, with a coordinator or without. */
    const place = async (changes: Partial<Experiment>, led: boolean) => {
      await client.flushall();
      const found = JSON.parse(readFileSync(join(small.out('alone'), 'run.json'), 'utf8')) as RunRecord;
      const record = { ...found, experiment: { ...found.experiment, ...changes } };
      const canaries = { jobs: [], checksums: [] };
      const common = { state: 'running', codecs: {}, mixed: false, lease: LEASE } as const;
      const shared = { folder: small.out('nowhere'), token: '' };
      await board().writeRun({ id: 'placed', record, canaries, shared, ...common });
      await board().openResults();
      if (led) await board().lead('another');
    };
    const run = (config: string, queue = redis.url) =>
      line(['run', config, '--out', small.out('bad'), '--queue', queue, '--quiet']);

    it.each([
      ['an address that is none', 'http://x:secret@y', /--queue: expected redis:.*, got something else/],
      [
        'nobody there',
        'redis://:secret@127.0.0.1:1/2',
        /queue \(redis:\/\/127.0.0.1:1\/2\): expected a Redis that lets us in, got .*ECONNREFUSED.*/,
      ],
    ])('%s', async (_, queue, text) => {
      for (const ended of [await run(small.config, queue), await line(['status', '--queue', queue])]) {
        expect(ended).toEqual(expect.objectContaining(oneLine(text)));
        expect(ended.stderr).not.toContain('secret');
      }
    });

    it('a wrong password or database, no password, and one from the environment', async () => {
      const wrong = redis.url.replace(PASSWORD, 'guessed');
      const ended = await line(['work', '--queue', wrong, '--quiet']);
      expect(ended).toMatchObject(
        oneLine(/queue \(redis:\/\/127.0.0.1:\d+\): expected a Redis that lets us in, got WRONGPASS .*/),
      );
      expect(ended.stderr).not.toContain('guessed');
      expect(await line(['status', '--queue', redis.shown])).toMatchObject(oneLine(/queue .* got NOAUTH .*/));
      expect(await line(['status', '--queue', `${redis.url}/99`])).toMatchObject(
        oneLine(/queue \(.*\/99\): expected a Redis that lets us in, got ERR DB index is out of range/),
      );
      vi.stubEnv('HEATPROOF_QUEUE_PASSWORD', PASSWORD);
      expect(await line(['status', '--queue', redis.shown])).toMatchObject({ code: 0, stderr: '' });
      vi.unstubAllEnvs();
    });

    it('a certificate that nobody knows; one that is known lets it in', async () => {
      const [key, certificate] = [join(small.folder, 'key.pem'), join(small.folder, 'certificate.pem')];
      const subject = ['-subj', '/CN=redis', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const files = ['-keyout', key, '-out', certificate];
      const made = [
        'openssl',
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        ...files,
        ...subject,
      ] as const;
      expect(await start(made).ended).toMatchObject({ code: 0 });
      const [secret, port] = [new RedisServer(), await freePort()];
      const pair = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no'];
      await secret.start('--tls-port', String(port), '--tls-ca-cert-file', certificate, ...pair);
      const status = ['status', '--queue', `rediss://:${PASSWORD}@127.0.0.1:${port}`];
      expect(await line(status)).toMatchObject(
        oneLine(/queue \(rediss:.*\): .* got self-signed certificate/),
      );
      const known = { env: { NODE_EXTRA_CA_CERTS: certificate } };
      expect(await heatproof(status, known)).toMatchObject({ code: 0, stdout: 'no run\n', stderr: '' });
      await secret.remove();
    });

    it('a Redis that is too old, or that may throw jobs away', async () => {
      const old = createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', (asked) => {
          for (const [, command = ''] of String(asked).matchAll(/^(hello|info|client)\r$/gim))
            socket.write(OLD_ANSWERS[command.toLowerCase()] as string);
        });
      }).listen(0, '127.0.0.1');
      await once(old, 'listening');
      const { port } = old.address() as { port: number };
      expect(await line(['status', '--queue', `redis://127.0.0.1:${port}`])).toMatchObject(
        oneLine(/queue \(.*\): expected Redis 6.2 or later, got version 5.0.14/),
      );
      old.close();
      await client.config('SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru');
      expect(await run(small.config)).toMatchObject(
        oneLine(/queue \(.*\): expected maxmemory-policy noeviction, got allkeys-lru/),
      );
      await client.config('SET', 'maxmemory', '0', 'maxmemory-policy', 'noeviction');
    });

    it('a queue that is in use, or holds a run of another experiment', async () => {
      await place({}, true);
      const led = setInterval(() => void board().lead('another'), 1000);
      expect(await run(small.config)).toMatchObject(
        oneLine(/queue \(.*\): expected one without a run, got a run that goes on/),
      );
      clearInterval(led);
      await place({ methods: ['random'] }, false);
      expect(await run(small.config)).toMatchObject(
        oneLine(
          /queue \(.*\): expected that of this experiment \(--overwrite takes it over\), got a run of 'tiny' that has not ended: methods: .*/,
        ),
      );
      expect(existsSync(small.out('bad'))).toBe(false);
    });

    it('a worker without a run, without the data, or with another experiment', async () => {
      await client.flushall();
      expect(await line(['work', '--queue', redis.url, '--wait', '1', '--quiet'])).toMatchObject(
        oneLine(/queue \(.*\): expected a run, got none in 1 s/),
      );
      const { dataset } = JSON.parse(readFileSync(join(small.out('alone'), 'run.json'), 'utf8')).experiment;
      await place({ dataset: { ...dataset, root: small.out('gone') } }, true);
      expect(await line(['work', '--queue', redis.url, '--quiet'])).toMatchObject(
        oneLine(/data set: .*\/gone is not a folder/),
      );
      await place({}, true);
      const other = ['--set', 'perturbation.seed=7'];
      expect(await line(['work', small.config, ...other, '--queue', redis.url, '--quiet'])).toMatchObject(
        oneLine(/queue \(.*\): this machine would not measure the same: .*seed: 1 -> 7.*/),
      );
    });
  });
});

const OLD_INFO = 'redis_version:5.0.14\r\nrole:master\r\n';

/** What a Redis of an earlier time answers. */
const OLD_ANSWERS: Readonly<Record<string, string>> = {
  hello: '-ERR unknown command `HELLO`, with args beginning with: `3`\r\n',
  info: `$${OLD_INFO.length}\r\n${OLD_INFO}\r\n`,
  client: '-ERR unknown subcommand\r\n',
};
