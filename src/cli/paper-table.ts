import { resolve } from 'node:path';
import { writeAtomic } from '../files/atomic.js';
import { table as tableOf } from '../library/papers.js';
import type { OptionsOf } from './command.js';
import type { tableCommand } from './options/table.js';
import { print } from './output.js';

export async function table(options: OptionsOf<typeof tableCommand>): Promise<void> {
  const { runDir, out } = options;
  const text = await tableOf(runDir, options);
  if (out === undefined) print(text);
  else await writeAtomic(resolve(out), text);
}
