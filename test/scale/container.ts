import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user of a container: nobody that the machine knows, with no home. */
export const USER = 1000;

const FONTS = ['/usr/share/fonts', '/usr/local/share/fonts'].filter((folder) => existsSync(folder));

/** Folders that a container has, at their paths outside. */
export interface Mounts {
  readonly data: string;
  /** The one place but /tmp that can be written. */
  readonly results: string;
}

/**
 * A command line that runs in a container as examples/scale makes them, by bubblewrap instead of an image: not as root, on a root file
 * system that is read only and holds no more than the system's programs and Node.js, without fonts, a network, a terminal, a home or
 * anything of the environment.
 */
export function inContainer({ data, results }: Mounts, ...command: string[]): [string, ...string[]] {
  const node = dirname(process.execPath);
  return [
    // Who is root here becomes somebody else first, whom permissions bind.
    ...(process.getuid?.() === 0 ? ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups'] : []),
    ...['bwrap', '--unshare-all', '--die-with-parent', '--new-session'],
    ...['--uid', String(USER), '--gid', String(USER)],
    ...['--clearenv', '--setenv', 'PATH', `${node}:/usr/bin`],
    ...['/usr', dirname(node)].flatMap((folder) => ['--ro-bind', folder, folder]),
    ...['bin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...FONTS.flatMap((folder) => ['--tmpfs', folder]),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--chdir', '/tmp'],
    ...['--ro-bind', data, data, '--bind', results, results, '--remount-ro', '/'],
    ...command,
  ] as [string, ...string[]];
}

const [program, ...args] = inContainer({ data: '/usr', results: '/usr' }, 'true');
export const hasContainers = spawnSync(program, args).status === 0;

/** The suffix of a test's name that says why it is skipped. */
export const needsContainers = hasContainers
  ? ''
  : ' (skipped: needs bubblewrap, and to be allowed namespaces)';
