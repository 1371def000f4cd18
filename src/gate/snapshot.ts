import { z } from 'zod';
import { experimentSchema } from '../experiment/config.js';
import { type Computed, computedBy } from '../experiment/equal-bits.js';
import { parseSetting, whereSet, withSettings } from '../experiment/settings.js';
import { validate } from '../files/yaml.js';
import type { CollectedRow, Collection } from '../results/collect.js';
import { readFinished } from '../results/finished.js';
import { type Definition, definitionSchema } from './definition.js';
import { sortKeys } from './json.js';
import { gatedValues } from './metrics.js';

/** What a gate compares: the definition of a run and the numbers of every explanation. Also the content of a baseline. */
export interface Snapshot {
  readonly name: string;
  /** Release that made it; baselines of early releases do not say. */
  readonly heatproof?: string;
  readonly definition: Definition;
  /** Where the numbers were computed; older baselines do not say it. */
  readonly computed?: Computed;
  /** Sorted by network, image, class and method. */
  readonly rows: readonly SnapshotRow[];
}

/** The numbers of one explanation, rounded to {@link DIGITS}. */
export interface SnapshotRow {
  readonly network: string;
  readonly image: string;
  readonly class: string;
  readonly method: string;
  /** By name: `score` of the unperturbed image, `conservation` (sum of relevance / start), and every gated metric. */
  readonly values: Readonly<Record<string, number>>;
}

/** Significant digits of a baseline's numbers: beyond float32, so nothing is lost that could be compared. */
const DIGITS = 6;

const recordSchema = z.object({
  heatproof: z.string(),
  definition: definitionSchema,
  experiment: z.object({
    name: z.string(),
    statistics: experimentSchema.shape.statistics,
    gate: experimentSchema.shape.gate,
  }),
});
type RecordedExperiment = z.infer<typeof recordSchema>['experiment'];

/** What a gate may be told otherwise than the run's config says. */
const judgedSchema = z.strictObject(experimentSchema.pick({ statistics: true, gate: true }).shape);

/** A finished run: its snapshot, and how it wants to be judged. */
export interface JudgedRun extends Pick<RecordedExperiment, 'statistics' | 'gate'> {
  readonly snapshot: Snapshot;
  readonly leftOut: Collection['leftOut'];
}

/**
 * Reads a run's directory.
 * @param set values in place of the run's, as in `gate.tolerance=0.1`, of how it is judged
 * @throws InputError when it is no run's, or the run is not finished, or a value cannot be set
 */
export async function readRun(path: string, set: readonly string[] = []): Promise<JudgedRun> {
  const { directory, record: whole, collection } = await readFinished(path);
  const record = validate(recordSchema, whole, directory.record);
  const { rows, leftOut } = collection;
  const { name, ...recorded } = record.experiment;
  const settings = set.map(parseSetting);
  const judged = validate(
    judgedSchema,
    withSettings(recorded, settings),
    whereSet(directory.record, settings),
  );
  const { heatproof, definition } = record;
  const computed = computedBy(whole);
  const snapshot = { name, heatproof, definition, computed, rows: rows.map(snapshotRow).sort(byKey) };
  return { snapshot: sortKeys(snapshot) as Snapshot, leftOut, ...judged };
}

function snapshotRow(row: CollectedRow): SnapshotRow {
  const { network, image, class: name, method, score, relevance } = row;
  const { sum, start } = relevance;
  const values = { score, ...(start && { conservation: sum / start }), ...gatedValues(row) };
  const rounded = Object.entries(values).map(([id, value]) => [id, Number(value.toPrecision(DIGITS))]);
  return { network, image, class: name, method, values: Object.fromEntries(rounded) };
}

/** Identifies an explanation among those of all runs of an experiment. */
export function keyOf({ network, image, class: name, method }: SnapshotRow): string {
  return JSON.stringify([network, image, name, method]);
}

function byKey(a: SnapshotRow, b: SnapshotRow): number {
  const [first, second] = [keyOf(a), keyOf(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}
