import type { ArgumentsCamelCase } from 'yargs';
import type { Command } from './command.js';
import { benchCommand } from './options/bench.js';
import { compareCommand } from './options/compare.js';
import { completionCommand } from './options/completion.js';
import { doctorCommand } from './options/doctor.js';
import { explainCommand } from './options/explain.js';
import { fetchCommand } from './options/fetch.js';
import { figureCommand } from './options/figure.js';
import { gateCommand } from './options/gate.js';
import { inspectCommand } from './options/inspect.js';
import { mergeCommand } from './options/merge.js';
import { methodsCommand } from './options/methods.js';
import { reportCommand } from './options/report.js';
import { runCommand } from './options/run.js';
import { statusCommand } from './options/status.js';
import { tableCommand } from './options/table.js';
import { workCommand } from './options/work.js';

/** Every command, with what loads its work: only the command that is used waits for images, engines and charts. */
export const COMMANDS = [
  entry(runCommand, async () => (await import('./run.js')).run),
  entry(workCommand, async () => (await import('./work.js')).work),
  entry(statusCommand, async () => (await import('./status.js')).status),
  entry(mergeCommand, async () => (await import('./merge.js')).merge),
  entry(compareCommand, async () => (await import('./compare.js')).compare),
  entry(explainCommand, async () => (await import('./explain.js')).explain),
  entry(reportCommand, async () => (await import('./report.js')).report),
  entry(tableCommand, async () => (await import('./paper-table.js')).table),
  entry(figureCommand, async () => (await import('./figure.js')).figure),
  entry(gateCommand, async () => (await import('./gate.js')).gate),
  entry(methodsCommand, async () => (await import('./methods.js')).methods),
  entry(inspectCommand, async () => (await import('./inspect.js')).inspect),
  entry(benchCommand, async () => (await import('./bench.js')).bench),
  entry(fetchCommand, async () => (await import('./fetch.js')).fetch),
  entry(doctorCommand, async () => (await import('./doctor.js')).doctor),
  entry(completionCommand, async () => (await import('./completion.js')).completion),
];

type Work<Options> = (options: ArgumentsCamelCase<Options>) => Promise<void>;

function entry<Options>(command: Command<Options>, load: () => Promise<Work<Options>>) {
  const handler: Work<Options> = async (options) => (await load())(options);
  return { name: command.command.split(' ')[0] as string, ...command, handler };
}
