import { resolve } from 'node:path';
import { bitDifferences, MAY_DIFFER } from '../experiment/equal-bits.js';
import { writeAtomic } from '../files/atomic.js';
import { readBaseline, writeBaseline } from '../gate/baseline.js';
import { compareRun } from '../gate/compare.js';
import { toJunit } from '../gate/junit.js';
import { toMarkdown } from '../gate/markdown.js';
import { problemsOf } from '../gate/problems.js';
import { readRun, type Snapshot } from '../gate/snapshot.js';
import { COLUMNS, headline, tableRows } from '../gate/table.js';
import { defineCommand } from './command.js';
import { EXIT, Exit } from './exit.js';
import { notes, STRICT } from './notes.js';
import { print } from './output.js';
import { formatTable } from './table.js';

export const gateCommand = defineCommand({
  command: 'gate <run-dir>',
  describe: 'Compare a run with a baseline; exit code 1 when quality dropped',
  builder: (yargs) =>
    yargs
      .positional('run-dir', { type: 'string', demandOption: true, describe: 'results directory of a run' })
      .option('baseline', {
        type: 'string',
        default: 'results/baseline.json',
        describe: 'file to compare with',
      })
      .option('same-network', {
        type: 'boolean',
        default: false,
        describe: 'fail where the network is not that of the baseline',
      })
      .option('update', { type: 'boolean', default: false, describe: 'write the run as the new baseline' })
      .option('junit', { type: 'string', describe: 'write JUnit XML to this file' })
      .option('markdown', { type: 'string', describe: 'write Markdown to this file' })
      .option('strict', STRICT)
      .option('json', { type: 'boolean', default: false, describe: 'print the report as JSON' }),
  handler: async ({ runDir, baseline: path, sameNetwork, update, junit, markdown, strict, json }) => {
    const run = await readRun(resolve(runDir));
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
    const lines = [formatTable(COLUMNS, tableRows(report)), '', ...problemsOf(report), headline(report)];
    print(`${json ? JSON.stringify(report) : lines.join('\n')}\n`);
    if (!report.passed) throw new Exit(EXIT.gateFailed);
  },
});

/** Why numbers of a run need not be those of its baseline to the last bit. */
function unequal({ computed: before }: Snapshot, { computed: now }: Snapshot): string[] {
  return before && now ? bitDifferences(before, now) : [];
}
