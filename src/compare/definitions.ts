import type { AnyFamily } from '../evaluation/families/family.js';
import { FAMILIES } from '../evaluation/families/table.js';
import type { RunRecord } from '../experiment/definition.js';
import { type Differing, differingPlaces } from '../experiment/differences.js';

/** Where the definitions of runs differ, but for what follows from the rest. */
export function differingDefinitions(records: readonly RunRecord[]): Differing[] {
  return differingPlaces(
    records.map(({ heatproof, definition }) => ({ heatproof, ...definition, ...withoutDerived(definition) })),
  );
}

/** The parts of a definition that families wrote, without what they say only for its readers. */
function withoutDerived(definition: RunRecord['definition']): Record<string, unknown> {
  const parts = FAMILIES.flatMap(({ key, derived = [] }: AnyFamily) => {
    const part = definition[key];
    if (typeof part !== 'object' || part === null) return [];
    return [[key, Object.fromEntries(Object.entries(part).filter(([name]) => !derived.includes(name)))]];
  });
  return Object.fromEntries(parts);
}
