import type { DoneUnit, UnitResult } from '../evaluation/unit.js';
import type { RunRecord } from '../experiment/definition.js';

/** The finished units whose heatmaps were kept, among all. */
export interface KeptUnits {
  /** By network. */
  readonly kept: ReadonlyMap<string, readonly DoneUnit[]>;
  /** How many images were evaluated, by at least one network, whether their heatmaps were kept or not. */
  readonly measured: number;
}

/**
 * The finished units whose heatmaps were kept: those of the first images of the run. An image that could not be evaluated has
 * its place among them, and nothing to show.
 *
 * @param units in the order of the plan; they are read once
 */
export async function keptUnits(
  { experiment }: RunRecord,
  units: AsyncIterable<UnitResult>,
): Promise<KeptUnits> {
  const seen = new Map<string, number>();
  const kept = new Map<string, DoneUnit[]>();
  const measured = new Set<string>();
  for await (const unit of units) {
    const place = seen.get(unit.network) ?? 0;
    seen.set(unit.network, place + 1);
    if (unit.status !== 'done') continue;
    measured.add(unit.image);
    if (place < experiment.heatmaps) kept.set(unit.network, [...(kept.get(unit.network) ?? []), unit]);
  }
  return { kept, measured: measured.size };
}

/** The images of these units, each once. */
export function imagesOf(units: readonly Pick<DoneUnit, 'image'>[]): Set<string> {
  return new Set(units.map(({ image }) => image));
}
