import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** The suffix of a test's name that says why it is skipped. */
export const needsRedis = hasRedis ? '' : ' (skipped: needs redis-server)';

export const PASSWORD = 'not-for-logs';

/** A real Redis on loopback that keeps everything in a file, with a password. */
export class RedisServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'heatproof-redis-'));
  #server: ChildProcess | undefined;
  port = 0;

  /** Its address, with the password. */
  get url(): string {
    return `redis://:${PASSWORD}@127.0.0.1:${this.port}`;
  }

  get shown(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, with what it remembers; resolved when it answers. */
  async start(...options: string[]): Promise<void> {
    this.port ||= await freePort();
    const own = ['--port', String(this.port), '--dir', this.#folder, '--save', '', '--appendonly', 'yes'];
    const server = spawn('redis-server', [
      ...own,
      '--requirepass',
      PASSWORD,
      '--bind',
      '127.0.0.1',
      ...options,
    ]);
    this.#server = server;
    for await (const text of server.stdout) if (String(text).includes('Ready to accept')) break;
    server.stdout.resume();
  }

  /** Ends it at once, in whatever it does. */
  async kill(): Promise<void> {
    if (!this.#server) return;
    const ended = once(this.#server, 'close');
    this.#server.kill('SIGKILL');
    await ended;
    this.#server = undefined;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
