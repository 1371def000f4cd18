import { resolve } from 'node:path';
import { bitDifferences, MAY_DIFFER } from '../experiment/equal-bits.js';
import { readBaseline, writeBaseline } from '../gate/baseline.js';
import { compareRun, type GateReport } from '../gate/compare.js';
import { readRun } from '../gate/snapshot.js';

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
 * @throws InputError for a folder without a finished run, or a file that is no baseline
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
  return compareRun(before, run, { sameNetwork });
}

/** Writes a finished run as a baseline, in the place of an earlier one. @returns how many explanations it holds */
export async function updateBaseline(runDirectory: string, baseline: string): Promise<number> {
  const { snapshot } = await readRun(resolve(runDirectory));
  await writeBaseline(resolve(baseline), snapshot);
  return snapshot.rows.length;
}
