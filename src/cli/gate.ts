import { resolve } from 'node:path';
import { InputError } from '../errors.js';
import { bitDifferences, MAY_DIFFER } from '../experiment/equal-bits.js';
import { writeAtomic } from '../files/atomic.js';
import { readBaseline, writeBaseline } from '../gate/baseline.js';
import { compareRun } from '../gate/compare.js';
import { toJunit } from '../gate/junit.js';
import { toMarkdown } from '../gate/markdown.js';
import { problemsOf } from '../gate/problems.js';
import { readRun, type Snapshot } from '../gate/snapshot.js';
import { COLUMNS, headline, tableRows } from '../gate/table.js';
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
  if (update && set.length > 0)
    throw new InputError(
      '--set and --update exclude each other: how a run is judged is no part of a baseline',
    );
  const run = await readRun(resolve(runDir), set);
  if (update) {
    await writeBaseline(resolve(path), run.snapshot);
    print(`baseline ${path}: ${run.snapshot.rows.length} explanations\n`);
    return;
  }
  const baseline = await readBaseline(resolve(path));
  const found = unequal(baseline, run.snapshot);
  if (found.length > 0) notes(strict)(`baseline (${path}): ${MAY_DIFFER}: ${found.join('; ')}`);
  const report = compareRun(baseline, run, { sameNetwork });
  if (junit !== undefined) await writeAtomic(resolve(junit), toJunit(report));
  if (markdown !== undefined) await writeAtomic(resolve(markdown), toMarkdown(report));
  const lines = [
    formatTable(COLUMNS, tableRows(report), 'right', 2),
    '',
    ...problemsOf(report),
    headline(report),
  ];
  print(`${json ? JSON.stringify(report) : lines.join('\n')}\n`);
  if (!report.passed) throw new Exit(EXIT.gateFailed);
}

/** Why numbers of a run need not be those of its baseline to the last bit. */
function unequal({ computed: before }: Snapshot, { computed: now }: Snapshot): string[] {
  return before && now ? bitDifferences(before, now) : [];
}
