import type { SanityStage } from '../evaluation/families/sanity.js';
import type { Bootstrap } from '../metrics/bootstrap.js';
import { judgeReaction, type Reaction, SIMILARITIES, type Similarity } from '../metrics/similarity.js';
import type { CurveChart } from '../report/types.js';
import type { Collection, Row } from './collect.js';
import { estimates, groupRows, type MethodRow } from './tables.js';

/** How similar a method's heatmaps still are with a number of layers random: the mean over images, with intervals. */
export interface SanityRow extends MethodRow {
  readonly layers: number;
  /** The last layer that was re-initialised. */
  readonly layer: string;
}

/** Whether a method reacts to the network on which it is used. */
export interface SanityVerdict extends Reaction {
  readonly network: string;
  readonly method: string;
}

/** Columns of sanity.csv beside the keys. */
export const SANITY_COLUMNS = Object.keys(SIMILARITIES) as Similarity[];

/** What methods are judged by: order, but not sign, of the relevance. A negated heatmap shows the same. */
const JUDGED = 'spearman_absolute' satisfies Similarity;

/** By network, method and stage. */
export function sanityTable({ rows }: Collection, bootstrap: Bootstrap): SanityRow[] {
  return [...groupRows(checkedRows(rows)).values()].flatMap((group) => {
    const { network, method, sanity = [] } = group[0] as Row;
    return sanity.map(({ layers, layer }, stage) => ({
      network,
      method,
      layers,
      layer,
      images: group.length,
      metrics: estimates(group, (row) => row.sanity?.[stage]?.similarity, SANITY_COLUMNS, bootstrap),
    }));
  });
}

/**
 * By network and method, once the upper half of the layers is random: what the network has learned of classes lies there,
 * while random filters next to the pixels change every heatmap. Methods whose heatmaps cannot be ranked have no verdict.
 */
export function sanityVerdicts({ rows }: Collection, threshold: number): SanityVerdict[] {
  return [...groupRows(checkedRows(rows)).values()].flatMap((group) => {
    const { network, method } = group[0] as Row;
    const similarities = group.map(({ sanity = [] }) => upperHalf(sanity)?.similarity[JUDGED]);
    const reaction = judgeReaction(similarities, threshold);
    return reaction ? [{ network, method, ...reaction }] : [];
  });
}

/** What methods are judged by over the number of random layers, of one network. */
export function sanityChart(table: readonly SanityRow[], network: string): CurveChart | undefined {
  const own = table.filter((row) => row.network === network);
  if (own.length === 0) return undefined;
  const curves = [...new Set(own.map(({ method }) => method))].map((method) => {
    const stages = own.filter((row) => row.method === method && row.metrics[JUDGED]);
    return {
      label: method,
      steps: [0, ...stages.map(({ layers }) => layers)],
      values: [1, ...stages.map(({ metrics }) => metrics[JUDGED]?.value as number)],
    };
  });
  return {
    title: `Heatmaps as layers are re-initialised · ${network}`,
    x: 'random layers, from the output',
    y: 'rank correlation of |R| with the trained network’s',
    curves,
  };
}

function upperHalf(stages: readonly SanityStage[]): SanityStage | undefined {
  const all = stages.at(-1)?.layers ?? 0;
  return stages.find(({ layers }) => 2 * layers >= all);
}

function checkedRows(rows: readonly Row[]): Row[] {
  return rows.filter(({ sanity }) => sanity !== undefined);
}
