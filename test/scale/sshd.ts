import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../queue/redis-server.js';

const SSHD = '/usr/sbin/sshd';

export const hasSshd = existsSync(SSHD);

/** The suffix of a test's name that says why it is skipped. */
export const needsSshd = hasSshd ? '' : ' (skipped: needs openssh-server)';

/** A real sshd on loopback that lets in whoever runs the tests, by a key, under any name of a host. */
export class Sshd {
  readonly #folder: string;
  #server: ChildProcess | undefined;

  /** @param folder where its keys and settings are kept */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Starts it.
   *
   * @returns the settings with which `ssh -F` reaches it
   */
  async start(): Promise<string> {
    mkdirSync(this.#folder);
    if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
    const port = await freePort();
    for (const name of ['host', 'user'])
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(this.#folder, name)]);
    const settings = this.#write('sshd_config', [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(this.#folder, 'host')}`,
      `AuthorizedKeysFile ${join(this.#folder, 'user.pub')}`,
      'StrictModes no',
      'UsePAM no',
      'PidFile none',
    ]);
    this.#server = spawn(SSHD, ['-D', '-e', '-f', settings]);
    for await (const text of this.#server.stderr ?? []) if (String(text).includes('listening')) break;
    this.#server.stderr?.resume();
    return this.#write('ssh_config', [
      'HostName 127.0.0.1',
      `Port ${port}`,
      `IdentityFile ${join(this.#folder, 'user')}`,
      'StrictHostKeyChecking no',
      'UserKnownHostsFile /dev/null',
      'LogLevel ERROR',
    ]);
  }

  stop(): void {
    this.#server?.kill();
  }

  #write(name: string, lines: readonly string[]): string {
    const path = join(this.#folder, name);
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return path;
  }
}
