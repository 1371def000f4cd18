import type { RunRecord } from './definition.js';

/** What decides on the last bits of a run's numbers. */
export interface Computed {
  /** Name and version of the engine. */
  readonly engine: string;
  readonly processor: string;
  readonly platform: string;
}

/**
 * Why two runs need not have equal bits, as "what: one -> other"; empty where they have. The native engine chooses other
 * kernels on other kinds of processors, WebAssembly (its engine's name ends with wasm)
 * computes the same everywhere.
 */
export function bitDifferences(one: Computed, other: Computed): string[] {
  const portable = one.engine === other.engine && one.engine.endsWith(' wasm');
  if (portable) return [];
  const keys = ['engine', 'processor', 'platform'] as const;
  return keys.flatMap((key) => (one[key] === other[key] ? [] : [`${key}: ${one[key]} -> ${other[key]}`]));
}

/** Before a list of {@link bitDifferences}. */
export const MAY_DIFFER = 'last bits may differ (docs/engines.md)';

/**
 * What the record of a run says of its machine where another one, whose bits may differ, computed a part of it: the processors of
 * both, and how they differ.
 */
export function mixedMachine(
  machine: RunRecord['machine'],
  other: RunRecord['machine'],
  how: readonly string[],
): RunRecord['machine'] {
  return {
    ...machine,
    processor: joined([machine.processor, other.processor], ' + '),
    mixed: joined([machine.mixed, ...how], '; '),
  };
}

/** What is in the parts, each once. */
function joined(parts: readonly (string | number | undefined)[], separator: string): string {
  const all = parts.flatMap((part) => (part === undefined ? [] : String(part).split(separator)));
  return [...new Set(all)].join(separator);
}

/** What the record of a run says of where it was computed. */
export function computedBy({ definition, machine }: Pick<RunRecord, 'definition' | 'machine'>): Computed {
  const text = (value: unknown) => String(value ?? 'unknown');
  return {
    engine: text(definition.engine),
    processor: `${text(machine.processor)}${machine.mixed === undefined ? '' : ' (mixed machines)'}`,
    platform: text(machine.platform),
  };
}
