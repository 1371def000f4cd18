import type { Bootstrap } from '../../../metrics/bootstrap.js';
import type { MetricInfo } from '../../../metrics/metric.js';
import { SANITY_METRICS } from '../../../metrics/sanity-metrics.js';
import { judgeReaction, type Reaction, SIMILARITIES, type Similarity } from '../../../metrics/similarity.js';
import type { ResultTable } from '../../../report/html/data.js';
import type { Figure, Summarised } from '../family.js';
import { entryOf, metricTable, shown } from '../report-table.js';
import { estimates, groupRows, type MethodKey, type MethodRow, type Row } from '../rows.js';
import type { SanityRecord, SanityStage } from './check.js';
import type { SanityConfig } from './config.js';

/** How similar a method's heatmaps still are with a number of layers random: the mean over images, with intervals. */
export interface SanityRow extends MethodRow {
  readonly layers: number;
  /** The last layer that was re-initialised. */
  readonly layer: string;
}

/** Whether a method reacts to the network on which it is used. */
export interface SanityVerdict extends Reaction, MethodKey {}

/** What summary.json says of the check. */
export type SanitySections = {
  readonly sanity: readonly SanityRow[];
  /** Whether methods react to the network, or draw much the same whatever it has learned. */
  readonly reactions: readonly SanityVerdict[];
  /** The metrics by network and method. */
  readonly sanityMetrics: readonly MethodRow[];
};

type Results = Summarised<SanityConfig, SanityRecord, SanitySections>;

/** Columns of sanity-metrics.csv beside the keys. */
export const SANITY_INFOS: readonly MetricInfo[] = Object.values(SANITY_METRICS).flat();

/** Columns of sanity.csv beside the keys. */
export const SANITY_COLUMNS = Object.keys(SIMILARITIES) as Similarity[];

/** What methods are judged by: order, but not sign, of the relevance. A negated heatmap shows the same. */
const JUDGED = 'spearman_absolute' satisfies Similarity;

/** By network, method and stage. */
export function sanityTable(rows: readonly Row<SanityRecord>[], bootstrap: Bootstrap): SanityRow[] {
  return [...groupRows(rows).values()].flatMap((group) => {
    const { network, method, part } = group[0] as Row<SanityRecord>;
    return part.stages.map(({ layers, layer }, stage) => {
      const reached = group.map((row) => ({ ...row, part: row.part.stages[stage]?.similarity ?? {} }));
      const columns = SANITY_COLUMNS.map((id) => ({ id }));
      const metrics = estimates(reached, columns, bootstrap);
      return { network, method, layers, layer, images: group.length, metrics };
    });
  });
}

/**
 * By network and method, once the upper half of the layers is random: what the network has learned of classes lies there,
 * while random filters next to the pixels change every heatmap. Methods whose heatmaps cannot be ranked have no verdict.
 */
export function sanityVerdicts(rows: readonly Row<SanityRecord>[], threshold: number): SanityVerdict[] {
  return [...groupRows(rows).values()].flatMap((group) => {
    const { network, method } = group[0] as Row<SanityRecord>;
    const similarities = group.map(({ part }) => upperHalf(part.stages)?.similarity[JUDGED]);
    const reaction = judgeReaction(similarities, threshold);
    return reaction ? [{ network, method, ...reaction }] : [];
  });
}

function upperHalf(stages: readonly SanityStage[]): SanityStage | undefined {
  const all = stages.at(-1)?.layers ?? 0;
  return stages.find(({ layers }) => 2 * layers >= all);
}

/** What methods are judged by over the number of random layers, a chart a network. */
export function sanityFigures({ sections: { sanity }, networks }: Results): Figure[] {
  return networks.flatMap((network): Figure[] => {
    const own = sanity.filter((row) => row.network === network);
    if (own.length === 0) return [];
    const curves = [...new Set(own.map(({ method }) => method))].map((method) => {
      const stages = own.filter((row) => row.method === method && row.metrics[JUDGED]);
      return {
        label: method,
        steps: [0, ...stages.map(({ layers }) => layers)],
        values: [1, ...stages.map(({ metrics }) => metrics[JUDGED]?.value as number)],
      };
    });
    const chart = {
      title: `Heatmaps as layers are re-initialised · ${network}`,
      x: 'random layers, from the output',
      y: 'rank correlation of |R| with the trained network’s',
      curves,
    };
    return [{ name: 'sanity', network, curves: chart }];
  });
}

/** Similarity of the heatmaps at every stage, a table a network; then the metrics. */
export function sanityTables({ sections, networks }: Results): ResultTable[] {
  const { sanity, reactions, sanityMetrics } = sections;
  const measured = SANITY_INFOS.filter(({ id }) => sanityMetrics.some(({ metrics }) => metrics[id]));
  const stages = networks.flatMap((name) => {
    const own = sanity.filter(({ network }) => network === name);
    const stages = own.filter(({ method }) => method === own[0]?.method);
    const verdicts = reactions.filter(({ network }) => network === name);
    if (own.length === 0) return [];
    return [
      {
        title: `Sanity: heatmaps as layers are re-initialised, ${name}`,
        note: 'Spearman correlation of |R| with the trained network’s (Adebayo et al. 2018). A method whose heatmaps stay the same does not show what the network has learned.',
        rows: 'method',
        columns: [
          ...stages.map(({ layers, layer }) => ({ title: `${layers} random`, note: `down to ${layer}` })),
          { title: 'reacts' },
        ],
        entries: verdicts.map(({ method, reacts }) => ({
          ...entryOf({ network: name, method }, networks),
          cells: [
            ...own.filter((row) => row.method === method).map(({ metrics }) => shown(metrics[JUDGED])),
            reacts ? 'yes' : 'no',
          ],
        })),
      },
    ];
  });
  if (measured.length === 0) return stages;
  return [...stages, ...metricTable('Sanity: network and class', measured, sanityMetrics, networks)];
}

/** Methods that hardly react, a line each. */
export function sanityNotes({ reactions }: SanitySections): string[] {
  return reactions
    .filter(({ reacts }) => !reacts)
    .map(
      ({ network, method, similarity }) =>
        `hardly reacts to what ${network} has learned: ${method}, rank correlation of |R| ${Number(similarity.toPrecision(4))} with the upper half of its layers random`,
    );
}
