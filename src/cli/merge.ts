import { resolve } from 'node:path';
import { merge as mergeShards } from '../run/merge.js';
import type { OptionsOf } from './command.js';
import { notes } from './notes.js';
import type { mergeCommand } from './options/merge.js';
import { finish } from './run.js';

export async function merge({
  shards,
  out,
  overwrite,
  strict,
  json,
}: OptionsOf<typeof mergeCommand>): Promise<void> {
  const directory = resolve(out);
  const mode = overwrite ? 'overwrite' : 'fresh';
  finish(await mergeShards(shards, { out: directory, mode, onNote: notes(strict) }), directory, json);
}
