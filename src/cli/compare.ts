import { resolve } from 'node:path';
import type { Comparison } from '../compare/compare.js';
import { writeComparison } from '../compare/page.js';
import { pairingNotes, textTables } from '../compare/tables.js';
import { compareRuns } from '../library/compare.js';
import type { OptionsOf } from './command.js';
import type { compareCommand } from './options/compare.js';
import { print } from './output.js';
import { formatTable } from './table.js';

export async function compare({ runs, html, json }: OptionsOf<typeof compareCommand>): Promise<void> {
  const comparison = await compareRuns(runs);
  if (html !== undefined) await writeComparison(resolve(html), comparison);
  print(json ? `${JSON.stringify(comparison)}\n` : `${comparisonText(comparison)}\n`);
}

/** Columns that say what a row is about: method or definition, and run. */
const KEYS = 2;

/** A comparison in words and tables. */
export function comparisonText(comparison: Comparison): string {
  const tables = textTables(comparison).map(
    ({ title, header, rows, align }) => `${title}\n${formatTable(header, rows, align, KEYS)}`,
  );
  const notes = [
    ...pairingNotes(comparison),
    ...(comparison.definition.length === 0 ? ['the definitions are the same'] : []),
    `[low, high] interval over ${comparison.samples}`,
    `differences are paired, over the ${comparison.samples} that both runs have`,
  ];
  return [...tables, notes.join('\n')].join('\n\n');
}
