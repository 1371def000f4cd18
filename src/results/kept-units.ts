import type { DoneUnit, UnitResult } from '../evaluation/unit.js';
import type { RunRecord } from '../experiment/definition.js';

/**
 * The finished units whose heatmaps were kept, by network: those of the first images of the run. An image that could not be
 * evaluated has its place among them, and nothing to show.
 *
 * @param units in the order of the plan
 */
export async function keptUnits(
  { experiment }: RunRecord,
  units: AsyncIterable<UnitResult>,
): Promise<Map<string, DoneUnit[]>> {
  const seen = new Map<string, number>();
  const kept = new Map<string, DoneUnit[]>();
  for await (const unit of units) {
    const place = seen.get(unit.network) ?? 0;
    seen.set(unit.network, place + 1);
    if (unit.status !== 'done' || place >= experiment.heatmaps) continue;
    kept.set(unit.network, [...(kept.get(unit.network) ?? []), unit]);
  }
  return kept;
}

/** How many images were evaluated, by at least one network. */
export async function countMeasured(units: AsyncIterable<UnitResult>): Promise<number> {
  const measured = new Set<string>();
  for await (const { status, image } of units) if (status === 'done') measured.add(image);
  return measured.size;
}

/** The images of these units, each once. */
export function imagesOf(units: readonly Pick<DoneUnit, 'image'>[]): Set<string> {
  return new Set(units.map(({ image }) => image));
}
