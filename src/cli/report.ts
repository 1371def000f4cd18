import { resolve } from 'node:path';
import { report as writeReport } from '../library/report.js';
import type { OptionsOf } from './command.js';
import type { reportCommand } from './options/report.js';
import { finish } from './run.js';

export async function report({ runDir, json }: OptionsOf<typeof reportCommand>): Promise<void> {
  finish(await writeReport(runDir), resolve(runDir), json);
}
