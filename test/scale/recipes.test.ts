import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { queueStatus } from '../../src/queue/status.js';
import { commandOf, start } from '../cli/heatproof.js';
import { DISTURBED } from '../queue/disturbed.js';
import { hasRedis, needsRedis, PASSWORD, RedisServer } from '../queue/redis-server.js';
import { computedUnits, contentsOf, journalReaches } from '../run/directories.js';
import { IMAGES, SmallRun } from '../run/small-run.js';
import { hasSlurm, needsSlurm, Slurm } from './slurm.js';
import { hasSshd, needsSshd, Sshd } from './sshd.js';

const RECIPES = resolve('examples/scale');
const recipe = (name: string) => readFileSync(join(RECIPES, name), 'utf8');

/** Recipes for clusters, with programs in the place of those that only a cluster has. */
describe('recipes', { timeout: 300_000 }, () => {
  const small = new SmallRun();
  const bin = small.out('bin');
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const slurm = new Slurm(small.out('cluster'));
  let alone: Record<string, string>;
  let cluster: Record<string, string>;

  beforeAll(async () => {
    mkdirSync(bin);
    program('heatproof', `exec ${commandOf().join(' ')} "$@"`);
    alone = contentsOf(await small.finish('alone'));
    if (hasSlurm)
      cluster = {
        ...env,
        ...DISTURBED,
        SLOW: '400',
        HEATPROOF_QUEUE_PASSWORD: PASSWORD,
        ...(await slurm.start()),
      };
  });
  afterAll(async () => {
    await slurm.stop();
    small.remove();
  });

  function program(name: string, text: string): void {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }

  /** Runs a command of Slurm. @returns what it prints */
  async function inCluster(command: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await start([command, ...args], { env: cluster }).ended;
    if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Submits a recipe as two tasks of one core each; each writes its number into the place of %a in the name of its log. */
  const submit = (name: string, log: string, ...args: string[]) =>
    inCluster(
      'sbatch',
      ...['--parsable', '--array=1-2', '--cpus-per-task=1', '--output', log],
      join(RECIPES, name),
      ...args,
    );

  /** Sends what Slurm sends before the end of a job's time. */
  const timeIsNearlyUp = (job: string) => inCluster('scancel', '--signal=TERM', '--batch', job);

  async function allEnded(): Promise<void> {
    while ((await inCluster('squeue', '--noheader')) !== '') await setTimeout(300);
  }

  it.skipIf(!hasSlurm)(
    `Slurm: shards of an array, one of them told to end in the middle and queued again, merged when all have ended${needsSlurm}`,
    async () => {
      const out = small.out('slurm');
      const log = small.out('shards.%a.log');
      const job = await submit('slurm-shards.sh', log, small.config, out);
      await inCluster(
        'sbatch',
        ...[`--dependency=afterok:${job}`, '--kill-on-invalid-dep=yes', '--output', small.out('merge.log')],
        ...['--wrap', `heatproof merge ${out}/shard-* --out ${out}/whole`],
      );
      const shard = join(out, 'shard-1');
      await journalReaches(shard, 1);
      await timeIsNearlyUp(`${job}_1`);
      // As if its node had died.
      writeFileSync(join(shard, 'run.lock.7.1.another-node'), '');
      await allEnded();
      const [told, other] = [1, 2].map((task) => readFileSync(log.replace('%a', String(task)), 'utf8'));
      expect(told).toMatch(/: stopped with \d units done.*\n(.*\n)*shard 1\/2: 8 units in /);
      expect(other).not.toContain('stopped');
      expect(computedUnits(shard)).toHaveLength(IMAGES / 2);
      expect(contentsOf(join(out, 'whole'))).toEqual(alone);
    },
  );

  it.skipIf(!hasSlurm || !hasRedis)(
    `Slurm: workers of an array at a queue, one of them told to end in the middle${needsSlurm}${needsRedis}`,
    async () => {
      const redis = new RedisServer();
      await redis.start();
      const out = small.out('queue');
      const run = small.start('queue', ['--queue', redis.url]);
      try {
        const log = small.out('workers.%a.log');
        const job = await submit('slurm-workers.sh', log, redis.shown);
        while ((await queueStatus(redis.url, () => {})).workers.length < 2) await setTimeout(100);
        await journalReaches(out, 1, run);
        await timeIsNearlyUp(`${job}_1`);
        expect(await run.ended).toMatchObject({ code: 0 });
        await allEnded();
        expect(readFileSync(log.replace('%a', '1'), 'utf8')).toMatch(/the others are given back\n$/);
        expect(readFileSync(log.replace('%a', '2'), 'utf8')).toMatch(/the run is over/);
        expect(contentsOf(out)).toEqual(alone);
      } finally {
        run.kill('SIGKILL');
        await redis.remove();
      }
    },
  );

  it.skipIf(!hasSshd)(
    `ssh: a shard on every host of a list, merged when all have ended${needsSshd}`,
    async () => {
      const hosts = small.out('hosts');
      writeFileSync(hosts, 'one\ntwo\n');
      const sshd = new Sshd(small.out('sshd'));
      const settings = await sshd.start();
      // A shell that is begun by sshd has a path of its own.
      program(
        'ssh',
        `echo "$3" >> ${small.out('asked')}; exec /usr/bin/ssh -F ${settings} "\${@:1:3}" "export PATH=$PATH; $4"`,
      );
      const ended = await start(['bash', join(RECIPES, 'hosts.sh'), hosts, small.config, small.out('ssh')], {
        env,
      }).ended;
      sshd.stop();
      expect(ended).toMatchObject({ code: 0 });
      expect(readFileSync(small.out('asked'), 'utf8').split('\n').sort()).toEqual(['', 'one', 'two']);
      expect(contentsOf(small.out('ssh/whole'))).toEqual(alone);
    },
  );

  it('Kubernetes: manifests that its schemas allow, which run as nobody and write nowhere but to volumes', () => {
    const jobs = parseAllDocuments(recipe('kubernetes.yaml')).map((one) => new Job(one.toJS()));
    expect(jobs.map(({ spec }) => spec?.completionMode)).toEqual(['Indexed', undefined]);
    expect(jobs[0]?.spec?.podReplacementPolicy).toBe('Failed');
    for (const job of jobs) {
      job.validate();
      const { containers, securityContext, volumes = [] } = job.spec?.template.spec ?? { containers: [] };
      expect(securityContext?.runAsNonRoot).toBe(true);
      for (const { securityContext: own, volumeMounts = [], resources } of containers) {
        expect(own?.readOnlyRootFilesystem).toBe(true);
        expect(resources?.limits).toEqual({ cpu: '4', memory: '4Gi' });
        const known = volumes.map(({ name }) => name);
        expect(known).toEqual(volumeMounts.map(({ name }) => name));
      }
    }
    const wrong = { spec: { template: { spec: { containers: [{ name: 'x', imagePullPolicy: 3 }] } } } };
    expect(() => new Job(wrong as never).validate()).toThrow(/imagePullPolicy/);
  });

  it('container: from the packed tarball, the versions of the package, not as root', () => {
    const { version, peerDependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const text = recipe('Containerfile');
    expect(text).toMatch(/^COPY heatproof-\*\.tgz /m);
    expect(text).toContain(`bullmq@${peerDependencies.bullmq} ioredis@${devDependencies.ioredis}`);
    expect(text).toMatch(/^USER node$/m);
    expect(recipe('kubernetes.yaml')).toContain(`heatproof:${version}`);
  });
});
