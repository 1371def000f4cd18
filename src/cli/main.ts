#!/usr/bin/env node
import { isSystemError, messageOf } from '../errors.js';
import { EXIT } from './exit.js';
import { say } from './output.js';

/** A reader that has had enough (`| head`, a lost terminal) does not end a run; a full disk does. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  say(`heatproof: output: ${messageOf(error)}\n`);
  process.exit(EXIT.badInput);
}

/** What nobody has answered: the machine's fault in one line, a defect of heatproof with its stack; never a failed gate. */
function onFailure(error: unknown): void {
  const ofMachine = isSystemError(error) || isOutOfMemory(error);
  say(`heatproof: ${ofMachine ? messageOf(error) : stackOf(error)}\n`);
  process.exit(ofMachine ? EXIT.badInput : EXIT.defect);
}

function isOutOfMemory(error: unknown): boolean {
  return /allocation failed|out of memory|bad_alloc|bad allocation/i.test(messageOf(error));
}

function stackOf(error: unknown): string {
  return (error instanceof Error && error.stack) || messageOf(error);
}

process.on('uncaughtException', onFailure);
process.stdout.on('error', onOutputError);
process.stderr.on('error', onOutputError);
// Node would open a debugger's port to whoever may send the signal. A command that can stop gracefully listens as well.
process.on('SIGUSR1', () => {
  if (process.listenerCount('SIGUSR1') === 1) process.exit(EXIT.interrupted);
});
try {
  // Loaded here, so that what goes wrong while loading is answered, too.
  const { runCli } = await import('./cli.js');
  process.exitCode = await runCli(process.argv.slice(2));
} catch (error) {
  onFailure(error);
}
