import { groupBy } from '../evaluation/families/rows.js';
import type { LeftOut } from './summary.js';

/** Why a sample was left out, once for all networks of which the same is to be said. */
export interface WhyLeftOut {
  readonly image: string;
  /** Of which networks it is said, where it is not said of all of them. */
  readonly networks?: readonly string[];
  readonly reason: string;
}

/** @param networks all of the run; what has no network was left out before any of them */
export function whyLeftOut(leftOut: readonly LeftOut[], networks: readonly string[]): WhyLeftOut[] {
  const groups = groupBy(leftOut, ({ image, reason }) => JSON.stringify([image, reason]));
  return [...groups.values()].map((group) => {
    const { image, reason } = group[0] as LeftOut;
    const own = networks.filter((name) => group.some(({ network = name }) => network === name));
    return { image, ...(own.length < networks.length && { networks: own }), reason };
  });
}
