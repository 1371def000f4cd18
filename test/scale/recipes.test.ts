import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { commandOf, heatproofHere, start } from '../cli/heatproof.js';
import { contentsOf, journalReaches } from '../run/directories.js';
import { SmallRun } from '../run/small-run.js';
import { hasSshd, needsSshd, Sshd } from './sshd.js';

const RECIPES = resolve('examples/scale');
const recipe = (name: string) => readFileSync(join(RECIPES, name), 'utf8');

/** Recipes for clusters, with programs in the place of those that only a cluster has. */
describe('recipes', () => {
  const small = new SmallRun();
  const bin = small.out('bin');
  const env = { PATH: `${bin}:${process.env.PATH}` };
  let alone: Record<string, string>;

  beforeAll(async () => {
    mkdirSync(bin);
    program('heatproof', `exec ${commandOf().join(' ')} "$@"`);
    alone = contentsOf(await small.finish('alone'));
  });
  afterAll(() => small.remove());

  function program(name: string, text: string): void {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }

  it('Slurm: shards of an array, one of them told to end in the middle and queued again', async () => {
    const out = small.out('slurm');
    program('scontrol', `echo "$@" >> ${small.out('requeued')}`);
    const submit = (task: number) =>
      start(['bash', join(RECIPES, 'slurm-shards.sh'), small.config, out], {
        env: {
          ...env,
          SLURM_ARRAY_TASK_ID: String(task),
          SLURM_ARRAY_TASK_COUNT: '2',
          SLURM_ARRAY_JOB_ID: '7',
        },
      });
    const ended = submit(1);
    await journalReaches(join(out, 'shard-1'), 1);
    ended.kill('SIGTERM');
    expect(await ended.ended).toMatchObject({ code: 0 });
    expect(readFileSync(small.out('requeued'), 'utf8')).toBe('requeue 7_1\n');
    expect(existsSync(join(out, 'shard-1', 'summary.json'))).toBe(false);
    for (const task of [1, 2]) expect(await submit(task).ended).toMatchObject({ code: 0 });
    const shards = [1, 2].map((task) => join(out, `shard-${task}`));
    expect(await heatproofHere(['merge', ...shards, '--out', join(out, 'whole')])).toMatchObject({ code: 0 });
    expect(contentsOf(join(out, 'whole'))).toEqual(alone);
  });

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
