import type { AnyFamily } from '../evaluation/families/family.js';
import type { ExplanationKey, Row } from '../evaluation/families/rows.js';
import { FAMILIES, type Parts } from '../evaluation/families/table.js';
import {
  type DoneUnit,
  type ExplanationRecord,
  type RelevanceSums,
  recordOf,
  type UnitResult,
} from '../evaluation/unit.js';
import type { Conservation } from '../explain/conservation.js';
import { checkUnit } from './state.js';

/** The numbers of one explanation: the unit of every table is (network, image, class, method). */
export interface CollectedRow extends ExplanationKey {
  /** Score of the explained output before anything is perturbed. */
  readonly score: number;
  readonly relevance: RelevanceSums;
  readonly conservation: Conservation | undefined;
  /** By family that measured it. */
  readonly parts: Parts;
}

/** What is known of an image besides its explanations. */
export interface ImageFacts {
  readonly network: string;
  readonly image: string;
  readonly labels: readonly string[];
  readonly difficult: readonly string[];
  readonly predicted: string;
  readonly classScores: Readonly<Record<string, number>> | undefined;
  readonly unmeasured: DoneUnit['unmeasured'];
}

/** Everything that tables, plots and summary are made from. */
export interface Collection {
  readonly rows: readonly CollectedRow[];
  readonly images: readonly ImageFacts[];
  readonly leftOut: readonly {
    network: string;
    image: string;
    status: 'skipped' | 'failed';
    reason: string;
  }[];
}

/** What a family measured, a row an explanation that it measured. */
export function partsOf(rows: readonly CollectedRow[], { key }: AnyFamily): Row<unknown>[] {
  return rows.flatMap(({ parts, network, image, class: name, method }) => {
    const part = (parts as Readonly<Record<string, unknown>>)[key];
    return part === undefined ? [] : [{ network, image, class: name, method, part }];
  });
}

/** Reads units, in the order of the plan, into rows. */
export async function collect(units: AsyncIterable<UnitResult>): Promise<Collection> {
  const rows: CollectedRow[] = [];
  const images: ImageFacts[] = [];
  const leftOut: Collection['leftOut'][number][] = [];
  for await (const unit of units) {
    checkUnit(unit);
    const { network, image } = unit;
    if (unit.status !== 'done') {
      leftOut.push({ network, image, status: unit.status, reason: unit.reason });
      continue;
    }
    const { labels, difficult = [], classScores, unmeasured, unexplained = [] } = unit;
    for (const { method, reason } of unexplained) {
      leftOut.push({ network, image, status: 'failed', reason: `${method}: ${reason}` });
    }
    const predicted = unit.top[0]?.label ?? '';
    images.push({ network, image, labels, difficult, predicted, classScores, unmeasured });
    rows.push(...rowsOf(unit));
  }
  return { rows, images, leftOut };
}

/** The rows of one unit. */
export function rowsOf(unit: DoneUnit): CollectedRow[] {
  return unit.explanations.map((explanation) => rowOf(unit, explanation));
}

function rowOf(unit: DoneUnit, explanation: ExplanationRecord): CollectedRow {
  const { network, image } = unit;
  const { class: name, method, score, relevance, conservation } = explanation;
  const parts = FAMILIES.flatMap((family) => partOf(family, unit, explanation));
  return {
    network,
    image,
    class: name,
    method,
    score,
    relevance,
    conservation,
    parts: Object.fromEntries(parts),
  };
}

/** What a family reads of an explanation, if it measured it. */
function partOf(family: AnyFamily, unit: DoneUnit, explanation: ExplanationRecord) {
  const recorded = recordOf(explanation, family);
  if (recorded === undefined) return [];
  const of = (method: string) => {
    const same = (other: ExplanationRecord) => other.method === method && other.class === explanation.class;
    return recordOf(unit.explanations.find(same), family);
  };
  return [[family.key, family.read(recorded, { of, image: unit })] as const];
}
