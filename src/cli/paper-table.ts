import { resolve } from 'node:path';
import { writeAtomic } from '../files/atomic.js';
import { formatPaperTable } from '../papers/formats.js';
import { paperTable } from '../papers/table.js';
import { readFinished } from '../results/finished.js';
import type { OptionsOf } from './command.js';
import type { tableCommand } from './options/table.js';
import { print } from './output.js';

export async function table(options: OptionsOf<typeof tableCommand>): Promise<void> {
  const { runDir, format, out } = options;
  const text = formatPaperTable(paperTable(await readFinished(resolve(runDir)), options), format);
  if (out === undefined) print(text);
  else await writeAtomic(resolve(out), text);
}
