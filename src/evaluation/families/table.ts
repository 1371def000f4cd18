import { boxes } from './boxes/index.js';
import { channels } from './channels/index.js';
import { complexity } from './complexity.js';
import { faithfulness } from './faithfulness/index.js';
import type { AnyFamily } from './family.js';
import { groups } from './groups/index.js';
import { perturbation } from './perturbation/index.js';
import { robustness } from './robustness/index.js';
import { sanity } from './sanity/index.js';

/** Every family of measurements, in the order of journals, summary.json and report. */
export const FAMILIES = [
  perturbation,
  boxes,
  channels,
  groups,
  complexity,
  faithfulness,
  robustness,
  sanity,
] as const satisfies readonly AnyFamily[];

type Listed = (typeof FAMILIES)[number];

/** The config keys of all families. */
export type FamilySchemas = { [F in Listed as F['key']]: F['schema'] };

/** What the journal keeps of an explanation. */
export type Records = { readonly [F in Listed as F['recordKey']]?: Parameters<F['read']>[0] };

/** What tables and charts are made from, by family. */
export type Parts = { readonly [F in Listed as F['key']]?: ReturnType<F['read']> };

/** What summary.json says. */
export type Sections = Intersection<ReturnType<Listed['summarise']>>;
type Intersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
