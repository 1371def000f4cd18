import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../queue/redis-server.js';

/** With processes of their own, so that no server and no job is left, whatever ends the tests. */
const APART = ['--pid', '--fork', '--kill-child', '--mount-proc', 'bash', '-c'] as const;

export const hasSlurm =
  spawnSync('unshare', [...APART, 'munged --version && slurmctld -V && slurmd -V']).status === 0;

/** The suffix of a test's name that says why it is skipped. */
export const needsSlurm = hasSlurm ? '' : ' (skipped: needs slurm-wlm, and root to start it)';

/** A real Slurm on loopback: this machine is its controller, and its one node. */
export class Slurm {
  readonly #folder: string;
  #servers: ChildProcess | undefined;
  #ended: Promise<unknown> | undefined;

  /** @param folder where its key, settings, state and logs are kept */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Starts it.
   *
   * @returns the environment in which `sbatch` and the like reach it
   */
  async start(): Promise<{ SLURM_CONF: string }> {
    mkdirSync(this.#folder);
    const [settings, key, socket] = ['slurm.conf', 'munge.key', 'munge.socket'].map((name) =>
      join(this.#folder, name),
    ) as [string, string, string];
    writeFileSync(settings, await this.#settings(socket));
    const files = ['pid', 'seed', 'log'].map(
      (kind) => `--${kind}-file=${join(this.#folder, `munge.${kind}`)}`,
    );
    // --force: the folder is only for whoever runs the tests.
    const munged = `munged --force --socket=${socket} --key-file=${key} ${files.join(' ')}`;
    const servers = [
      `mungekey --create --keyfile=${key}`,
      munged,
      'slurmctld -i',
      'slurmd',
      'echo ready',
      'read',
    ];
    this.#servers = spawn('unshare', [...APART, servers.join(' && ')], {
      env: { ...process.env, SLURM_CONF: settings },
    });
    this.#ended = once(this.#servers, 'exit');
    let told = '';
    this.#servers.stderr?.on('data', (text) => {
      told += text;
    });
    for await (const text of this.#servers.stdout ?? [])
      if (String(text).includes('ready')) return { SLURM_CONF: settings };
    throw new Error(`Slurm does not start: ${told}`);
  }

  /** Ends it and all of its jobs at once. */
  async stop(): Promise<void> {
    this.#servers?.kill('SIGKILL');
    await this.#ended;
  }

  async #settings(socket: string): Promise<string> {
    const [host] = hostname().split('.');
    const settings = {
      ClusterName: 'recipes',
      SlurmctldHost: `${host}(127.0.0.1)`,
      SlurmctldPort: await freePort(),
      SlurmdPort: await freePort(),
      CommunicationParameters: 'NoCtldInAddrAny,NoInAddrAny',
      // A job that is queued again waits until its old credentials are void: by default two minutes.
      AuthInfo: `socket=${socket},cred_expire=5`,
      SchedulerParameters: 'bf_interval=1,sched_interval=1',
      StateSaveLocation: join(this.#folder, 'state'),
      SlurmdSpoolDir: join(this.#folder, 'spool'),
      SlurmctldPidFile: join(this.#folder, 'slurmctld.pid'),
      SlurmdPidFile: join(this.#folder, 'slurmd.pid'),
      SlurmctldLogFile: join(this.#folder, 'slurmctld.log'),
      SlurmdLogFile: join(this.#folder, 'slurmd.log'),
      // No control groups, which need a systemd.
      ProctrackType: 'proctrack/linuxproc',
      TaskPlugin: 'task/none',
      MpiDefault: 'none',
      SelectType: 'select/cons_tres',
      SelectTypeParameters: 'CR_Core_Memory',
      // Two cores, as many as two tasks of an array need, whatever the machine has.
      SlurmdParameters: 'config_overrides',
      NodeName: `${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4096`,
      PartitionName: 'all Nodes=ALL Default=YES',
    };
    return Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  }
}
