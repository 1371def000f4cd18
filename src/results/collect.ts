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
import { type Packed, Packing } from './packed.js';
import { checkUnit } from './state.js';

/** The numbers of one explanation: the unit of every table is (network, image, class, method). */
export interface CollectedRow extends ExplanationKey {
  /** Score of the explained output before anything is perturbed. */
  readonly score: number;
  readonly relevance: RelevanceSums;
  readonly conservation: Conservation | undefined;
  /** By family that measured it. */
  readonly parts: Parts;
  /** What one family measured. */
  part(family: keyof Parts): Parts[keyof Parts];
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

/** Reads units, in the order of the plan, into rows, of which hardly more than the numbers is kept. */
export async function collect(units: AsyncIterable<UnitResult>): Promise<Collection> {
  const packing = new Packing();
  const rows: CollectedRow[] = [];
  const images: ImageFacts[] = [];
  const leftOut: Collection['leftOut'][number][] = [];
  for await (const unit of units) {
    checkUnit(unit);
    const { image } = unit;
    const network = packing.word(unit.network);
    if (unit.status !== 'done') {
      leftOut.push({ network, image, status: unit.status, reason: unit.reason });
      continue;
    }
    const { labels, difficult = [], classScores, unmeasured, unexplained = [] } = unit;
    for (const { method, reason } of unexplained) {
      leftOut.push({ network, image, status: 'failed', reason: `${method}: ${reason}` });
    }
    const predicted = packing.word(unit.top[0]?.label ?? '');
    images.push({ network, image, labels, difficult, predicted, classScores, unmeasured });
    rows.push(...rowsOf(unit).map((row) => new PackedRow(row, packing)));
  }
  return { rows, images, leftOut };
}

type Facts = Pick<CollectedRow, 'score' | 'relevance' | 'conservation'>;

/** A row among very many. */
class PackedRow implements CollectedRow {
  readonly network: string;
  readonly image: string;
  readonly class: string;
  readonly method: string;
  readonly #facts: Packed<Facts>;
  readonly #parts: Packed<Parts>;

  constructor({ score, relevance, conservation, parts, ...key }: CollectedRow, packing: Packing) {
    this.network = packing.word(key.network);
    this.image = key.image;
    this.class = packing.word(key.class);
    this.method = packing.word(key.method);
    this.#facts = packing.pack({ score, relevance, conservation });
    this.#parts = packing.pack(parts);
  }

  get score() {
    return this.#facts.get('score');
  }

  get relevance() {
    return this.#facts.get('relevance');
  }

  get conservation() {
    return this.#facts.get('conservation');
  }

  get parts() {
    return this.#parts.all();
  }

  part(family: keyof Parts) {
    return this.#parts.get(family);
  }
}

/** What a family measured, a row an explanation that it measured. */
export function partsOf(rows: readonly CollectedRow[], family: AnyFamily): Row<unknown>[] {
  const key = family.key as keyof Parts;
  return rows.filter((row) => row.part(key) !== undefined).map((row) => new FamilyRow(row, key));
}

/** A row with what one family measured, read whenever it is asked for. */
class FamilyRow implements Row<unknown> {
  readonly network: string;
  readonly image: string;
  readonly class: string;
  readonly method: string;
  readonly #row: CollectedRow;
  readonly #family: keyof Parts;

  constructor(row: CollectedRow, family: keyof Parts) {
    this.network = row.network;
    this.image = row.image;
    this.class = row.class;
    this.method = row.method;
    this.#row = row;
    this.#family = family;
  }

  get part() {
    return this.#row.part(this.#family);
  }
}

/** The rows of one unit. */
export function rowsOf(unit: DoneUnit): CollectedRow[] {
  return unit.explanations.map((explanation) => rowOf(unit, explanation));
}

function rowOf(unit: DoneUnit, explanation: ExplanationRecord): CollectedRow {
  const { network, image } = unit;
  const { class: name, method, score, relevance, conservation } = explanation;
  const parts: Parts = Object.fromEntries(FAMILIES.flatMap((family) => partOf(family, unit, explanation)));
  return {
    network,
    image,
    class: name,
    method,
    score,
    relevance,
    conservation,
    parts,
    part: (family) => parts[family],
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
