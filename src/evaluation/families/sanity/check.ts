import { createExplainers, type Explained, type ExplainerSet } from '../../../explain/explainer.js';
import { sumOverChannels } from '../../../explain/heatmap.js';
import { resolveMethod } from '../../../explain/methods.js';
import type { ExplainRequest } from '../../../explain/request.js';
import type { Node } from '../../../graph/graph.js';
import { layersFromOutput, reinitialise } from '../../../graph/passes/reinitialise.js';
import { efficientMprt, overStages, type SanityMetric } from '../../../metrics/sanity-metrics.js';
import { SIMILARITIES } from '../../../metrics/similarity.js';
import type { ExplainedClass, MethodMap } from '../explained-class.js';
import { defined, type Measures } from '../measures.js';
import { RANDOM } from '../perturbation/perturb.js';
import { likenessOf, noisyCopies, otherClass } from './comparisons.js';
import type { SanityConfig } from './config.js';

/** A heatmap once some layers were re-initialised. */
export interface SanityStage {
  /** How many layers are random, counted from the output. */
  readonly layers: number;
  /** The last one of them. */
  readonly layer: string;
  /** How similar the heatmap is to that of the trained network, by name of the similarity. */
  readonly similarity: Measures;
}

/** What is kept of an explanation. */
export interface SanityRecord {
  /** Stages of the randomisation check, where it was asked for. */
  readonly stages: readonly SanityStage[];
  readonly metrics: Measures;
}

/**
 * Checks of one image: whether its heatmaps react to the network and to the class. Heatmaps made elsewhere are left out, and
 * those that chance makes.
 *
 * @returns by method
 */
export async function checkSanity(
  explained: ExplainedClass,
  config: SanityConfig,
): Promise<ReadonlyMap<string, SanityRecord>> {
  const { composites } = explained.instruments.options;
  const checked = explained.maps.filter(
    ({ method }) => method !== RANDOM && !resolveMethod(method, composites).madeElsewhere,
  );
  const asks = (metric: SanityMetric) => config.metrics.includes(metric);
  const other = asks('random-logit') ? await otherClass(explained, checked, config) : undefined;
  const copies = asks('smooth-mprt') ? noisyCopies(explained.request, config) : [];
  const smooth = copies.length > 0 ? await meanMaps(explained.instruments.explainers, copies, checked) : [];
  const cascade = await randomise(explained, checked, smooth, copies, config);
  return new Map(
    checked.map((map, m): [string, SanityRecord] => {
      const reached = cascade.map(({ layers, layer, found }) => ({
        layers,
        layer,
        ...(found[m] as Reached),
      }));
      const last = reached.at(-1);
      const absolute = reached.map(({ similarity }) => similarity.spearman_absolute);
      return [
        map.method,
        {
          stages: asks('mprt')
            ? reached.map(({ layers, layer, similarity }) => ({ layers, layer, similarity }))
            : [],
          metrics: defined([
            ['mprt', asks('mprt') ? overStages(absolute) : undefined],
            [
              'smooth_mprt',
              asks('smooth-mprt') ? overStages(reached.map(({ smoothed }) => smoothed)) : undefined,
            ],
            [
              'efficient_mprt',
              asks('efficient-mprt') && last ? efficientMprt(map.values, last.values) : undefined,
            ],
            ...Object.entries(other?.[m] ?? {}),
            ...Object.entries(asks('likeness') ? likenessOf(map, explained) : {}),
          ]),
        },
      ];
    }),
  );
}

/** A method's heatmap at a stage. */
interface Reached {
  readonly values: Float32Array;
  readonly similarity: Measures;
  /** Rank correlation of |R| between means over noisy copies, where there are some. */
  readonly smoothed: number | undefined;
}

interface Stage {
  readonly layers: number;
  readonly layer: string;
  /** One a method. */
  readonly found: readonly Reached[];
}

/**
 * Model-randomisation check, cascading (Adebayo et al. 2018, arXiv 1810.03292): layers are re-initialised one after another
 * from the output down, and the same class is explained again. A heatmap that stays as it was does not show what the network
 * has learned. Where only the end is asked for, all layers at once.
 */
async function randomise(
  { instruments, request }: ExplainedClass,
  checked: readonly MethodMap[],
  smooth: readonly Float32Array[],
  copies: readonly ExplainRequest[],
  { metrics, stages, seed }: SanityConfig,
): Promise<Stage[]> {
  const { engine, network, options, makeRoom } = instruments;
  const layers = layersFromOutput(network.graph);
  const cascades = metrics.includes('mprt') || copies.length > 0;
  if (!cascades && !metrics.includes('efficient-mprt')) return [];
  await makeRoom();
  const reached: Stage[] = [];
  for (const count of stageCounts(layers.length, cascades ? stages : 1)) {
    const graph = reinitialise(network.graph, layers.slice(0, count), seed);
    const methods = checked.map(({ method }) => method);
    const explainers = await createExplainers(engine, { ...network, graph }, methods, options);
    const maps = await meanMaps(explainers, [request], checked);
    const smoothed = copies.length > 0 ? await meanMaps(explainers, copies, checked) : [];
    await explainers.release();
    const found = checked.map(({ values, columns }, m): Reached => {
      const own = maps[m] as Float32Array;
      const pair = { first: values, second: own, width: columns };
      const [first, second] = [smooth[m], smoothed[m]];
      return {
        values: own,
        similarity: defined(Object.entries(SIMILARITIES).map(([id, of]) => [id, of(pair)])),
        smoothed: first && second && SIMILARITIES.spearman_absolute({ first, second, width: columns }),
      };
    });
    reached.push({ layers: count, layer: (layers[count - 1] as Node).name, found });
  }
  return reached;
}

/** The mean heatmap of some requests by every method that is checked; one request at a time, since there may be many methods. */
async function meanMaps(
  explainers: ExplainerSet,
  requests: readonly ExplainRequest[],
  checked: readonly MethodMap[],
): Promise<Float32Array[]> {
  const sums = checked.map(({ values }) => new Float64Array(values.length));
  for (const request of requests) {
    const explained = await explainers.explain([request]);
    for (const [m, { method }] of checked.entries()) {
      const at = explainers.methods.findIndex(({ id }) => id === method);
      const sum = sums[m] as Float64Array;
      sumOverChannels(explained[at]?.[0] as Explained).forEach((value, i) => {
        sum[i] = (sum[i] as number) + value / requests.length;
      });
    }
  }
  return sums.map((sum) => Float32Array.from(sum));
}

/** Numbers of layers, spread evenly, the last one all of them. */
export function stageCounts(layers: number, stages: number): number[] {
  const steps = Math.min(layers, stages);
  return Array.from({ length: steps }, (_, k) => Math.round(((k + 1) * layers) / steps));
}
