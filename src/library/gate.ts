import { resolve } from 'node:path';
import { mismatch } from '../errors.js';
import { bitDifferences, MAY_DIFFER } from '../experiment/equal-bits.js';
import { readBaseline, writeBaseline } from '../gate/baseline.js';
import { compareRun, type GateReport } from '../gate/compare.js';
import { readRun, type SnapshotRow } from '../gate/snapshot.js';

/** How a run is judged. */
export interface GateOptions {
  /** Whether the network must be that of the baseline, too; default false. */
  readonly sameNetwork?: boolean;
  /** Values in the place of the config's, each written `gate.tolerance=0.1` as behind `--set`. */
  readonly set?: readonly string[];
  /** Told why numbers need not be those of the baseline to the last bit. */
  readonly onNote?: (note: string) => void;
}

/**
 * Compares a finished run with a baseline file, as `heatproof gate` does.
 *
 * @returns the verdict in `passed`, and what it rests on
 * @throws InputError for a folder without a finished run, a file that is no baseline, or a run that has nothing in common
 *   with it
 */
export async function gate(
  runDirectory: string,
  baseline: string,
  { sameNetwork = false, set = [], onNote = () => {} }: GateOptions = {},
): Promise<GateReport> {
  const run = await readRun(resolve(runDirectory), set);
  const before = await readBaseline(resolve(baseline));
  const [then, now] = [before.computed, run.snapshot.computed];
  const found = then && now ? bitDifferences(then, now) : [];
  if (found.length > 0) onNote(`baseline (${baseline}): ${MAY_DIFFER}: ${found.join('; ')}`);
  const report = compareRun(before, run, { sameNetwork });
  const nothing = report.methods.every(({ common }) => common === 0);
  if (nothing && before.rows.length > 0 && run.snapshot.rows.length > 0) {
    throw mismatch({
      what: 'gate',
      where: runDirectory,
      expected: `explanations of the baseline, as of ${nameOf(before.rows[0])}`,
      got: `none of them, but others, as of ${nameOf(run.snapshot.rows[0])}`,
    });
  }
  return report;
}

function nameOf(row: SnapshotRow | undefined): string {
  return row ? `${row.image} by ${row.method} on ${row.network}` : '';
}

/** Writes a finished run as a baseline, in the place of an earlier one. @returns how many explanations it holds */
export async function updateBaseline(runDirectory: string, baseline: string): Promise<number> {
  const { snapshot } = await readRun(resolve(runDirectory));
  await writeBaseline(resolve(baseline), snapshot);
  return snapshot.rows.length;
}
