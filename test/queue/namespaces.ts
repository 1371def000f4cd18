import { spawnSync } from 'node:child_process';

let made = 0;

/** One of the four addresses of the next cable, out of those that are reserved for benchmarks; other processes take others. */
function addressOf(end: number): string {
  const offset = 4 * (16 * (process.pid % 2048) + made) + end;
  return `198.${18 + (offset >> 16)}.${(offset >> 8) & 255}.${offset & 255}`;
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

/** A network namespace that is joined to that of the tests by a cable: what runs in it reaches one address, and nothing else. */
export class Namespace {
  readonly #name = `heatproof-${process.pid}-${made}`;
  readonly #cable = `hp${process.pid}-${made}`;
  /** The end of the cable that is here. */
  readonly address = addressOf(1);

  constructor() {
    const inside = `${addressOf(2)}/30`;
    made++;
    ip('netns', 'add', this.#name);
    ip('link', 'add', this.#cable, 'type', 'veth', 'peer', 'name', 'cable', 'netns', this.#name);
    ip('address', 'add', `${this.address}/30`, 'dev', this.#cable);
    ip('-n', this.#name, 'address', 'add', inside, 'dev', 'cable');
    ip('-n', this.#name, 'link', 'set', 'cable', 'up');
    this.join();
    // A connection without an answer is given up after a second instead of a quarter of an hour.
    ip('netns', 'exec', this.#name, 'sh', '-c', 'echo 2 > /proc/sys/net/ipv4/tcp_retries2');
  }

  /** A command line that runs in it. */
  command(...command: string[]): [string, ...string[]] {
    return ['ip', 'netns', 'exec', this.#name, ...command];
  }

  /** Pulls the cable. */
  cut(): void {
    ip('link', 'set', this.#cable, 'down');
  }

  join(): void {
    ip('link', 'set', this.#cable, 'up');
  }

  remove(): void {
    ip('netns', 'del', this.#name);
  }
}

function areAllowed(): boolean {
  try {
    new Namespace().remove();
    return true;
  } catch {
    return false;
  }
}

export const hasNamespaces = areAllowed();

/** The suffix of a test's name that says why it is skipped. */
export const needsNamespaces = hasNamespaces ? '' : ' (skipped: may not make network namespaces)';
