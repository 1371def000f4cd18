#!/usr/bin/env node
import { messageOf } from '../errors.js';
import { runCli } from './cli.js';
import { EXIT } from './exit.js';

/** A reader that has had enough (`| head`, a lost terminal) does not end a run; a full disk does. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`heatproof: output: ${messageOf(error)}\n`);
  process.exit(EXIT.badInput);
}

process.stdout.on('error', onOutputError);
process.stderr.on('error', onOutputError);
process.exitCode = await runCli(process.argv.slice(2));
