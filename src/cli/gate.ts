import { resolve } from 'node:path';
import { InputError } from '../errors.js';
import { writeAtomic } from '../files/atomic.js';
import { toJunit } from '../gate/junit.js';
import { toMarkdown } from '../gate/markdown.js';
import { problemsOf } from '../gate/problems.js';
import { columnsOf, headline, tableRows } from '../gate/table.js';
import { gate as judge, updateBaseline } from '../library/gate.js';
import type { OptionsOf } from './command.js';
import { EXIT, Exit } from './exit.js';
import { notes } from './notes.js';
import type { gateCommand } from './options/gate.js';
import { print } from './output.js';
import { formatTable } from './table.js';

export async function gate({
  runDir,
  baseline: path,
  set,
  sameNetwork,
  update,
  junit,
  markdown,
  strict,
  json,
}: OptionsOf<typeof gateCommand>): Promise<void> {
  const judging = {
    '--set': set.length > 0,
    '--junit': junit !== undefined,
    '--markdown': markdown !== undefined,
    '--json': json,
    '--strict': strict,
    '--same-network': sameNetwork,
  };
  const [unused] = Object.entries(judging).find(([, given]) => given) ?? [];
  if (update && unused !== undefined)
    throw new InputError(
      `${unused} and --update exclude each other: how a run is judged is no part of a baseline`,
    );
  if (update) {
    const count = await updateBaseline(runDir, path);
    print(`baseline ${path}: ${count} explanations\n`);
    return;
  }
  const report = await judge(runDir, path, { sameNetwork, set, onNote: notes(strict) });
  if (junit !== undefined) await writeAtomic(resolve(junit), toJunit(report));
  if (markdown !== undefined) await writeAtomic(resolve(markdown), toMarkdown(report));
  const lines = [
    formatTable(columnsOf(report), tableRows(report), 'right', 2),
    '',
    ...problemsOf(report),
    headline(report),
  ];
  print(`${json ? JSON.stringify(report) : lines.join('\n')}\n`);
  if (!report.passed) throw new Exit(EXIT.gateFailed);
}
