import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { visible } from '../visible.js';

/** How a process ends that says nothing itself. */
export const SILENT_END =
  'the process ended without a word: it was killed, ran out of memory, or native code crashed';

/** Waits for a line that never comes: its input ends with the process that holds the other end. */
const WAIT = 'read -r _; printf "%s\\n" "$1" >&2';

/**
 * Leaves word with a shell that waits beside this process and speaks where the process can say nothing any more: killed, out of
 * memory, or crashed in native code. It costs a few milliseconds. Where there is no shell (Windows), nobody waits.
 *
 * @returns calls the shell off; the end of the process by itself does so, too
 */
export function leaveWord(lastWords: string): () => void {
  if (process.platform === 'win32') return () => {};
  const shell = spawn('/bin/sh', ['-c', WAIT, 'heatproof', visible(lastWords)], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  // Without a shell the work can be done all the same.
  shell.on('error', () => {});
  shell.unref();
  (shell.stdin as Socket).unref();
  const callOff = () => {
    process.removeListener('exit', callOff);
    shell.kill('SIGKILL');
  };
  process.on('exit', callOff);
  return callOff;
}
