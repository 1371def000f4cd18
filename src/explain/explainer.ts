import type { Engine } from '../engine/engine.js';
import { mismatch } from '../errors.js';
import type { Network } from '../import/network.js';
import type { InputLayout } from '../input/layout.js';
import { resized } from '../input/resize.js';
import type { Attribute, Attributed, Computed } from './attributions/attribution.js';
import { Passes } from './attributions/passes.js';
import { applySteps, type ChannelRelevance, type Step } from './heatmap.js';
import { checkInputs } from './inputs.js';
import { type Method, resolveMethod } from './methods.js';
import type { ExplainOptions, ExplainRequest } from './request.js';

/** An explanation: relevance in the shape of the input, or one number a place when it is pooled (`channels` 1). */
export interface Explained extends ChannelRelevance {
  readonly logits: Float32Array;
  /** What the relevance should sum to, where it should: what the output lost on the way to a baseline. */
  readonly expected?: number;
  /** Forward passes of other inputs that it took, where it is made of such. */
  readonly passes?: number;
  /** How many of these computed only what differs from an input before. */
  readonly incrementalPasses?: number;
  /** What it was made of at an inner layer, where it was: before ReLU, pooling and stretching over the input. */
  readonly inner?: InnerRelevance;
}

/** Relevance over an inner layer, channel by channel, row by row. */
export interface InnerRelevance extends ChannelRelevance {
  readonly layer: string;
  readonly rows: number;
  readonly columns: number;
}

/** Methods on one network: they share what they have in common, sessions, forward and backward passes. */
export interface ExplainerSet {
  readonly methods: readonly Method[];
  /** For each method, in order, one explanation a request; undefined where there is no file with its heatmap. */
  explain(requests: readonly ExplainRequest[]): Promise<(Explained | undefined)[][]>;
  release(): Promise<void>;
}

/**
 * Prepares methods. All backward passes are compiled into one graph with one forward pass, and what several methods share
 * is computed once.
 * @throws InputError for an unknown method, or one that the network or the options do not allow.
 */
export async function createExplainers(
  engine: Engine,
  network: Network,
  methodIds: readonly string[],
  options: ExplainOptions = {},
): Promise<ExplainerSet> {
  const methods = methodIds.map((id) => resolveMethod(id, options.composites));
  const passes = new Passes(network, options);
  const { layout } = network;
  const attributes = new Map<string, Attribute>();
  const keys = methods.map(({ attribution }) => {
    const key = JSON.stringify(attribution.definition(passes.bounded, options.start ?? 'logit'));
    if (!attributes.has(key)) attributes.set(key, attribution.prepare(passes));
    return key;
  });
  await passes.load(engine);
  return {
    methods,
    async explain(requests) {
      for (const request of requests) check(request, network);
      const { logits, maps } = await passes.run(requests);
      const attributed = new Map<string, Attributed>();
      for (const [key, attribute] of attributes) attributed.set(key, await attribute(requests, maps));
      return methods.map(({ steps }, m) =>
        requests.map(({ input }, r) => {
          const own = attributed.get(keys[m] as string)?.[r];
          return own && { ...finished(own, steps, input, layout), logits: logits[r] as Float32Array };
        }),
      );
    },
    release: () => passes.release(),
  };
}

/** The relevance after the steps, stretched over the input where it lies over an inner layer. */
function finished(
  { inner, expected, passes, incrementalPasses, ...own }: Computed,
  steps: readonly Step[],
  input: Float32Array,
  layout: InputLayout,
): Omit<Explained, 'logits'> {
  const facts = {
    ...(expected !== undefined && steps.length === 0 && { expected }),
    ...(passes !== undefined && { passes }),
    ...(incrementalPasses !== undefined && { incrementalPasses }),
  };
  if (!inner) return { ...applySteps(own, steps, input), ...facts };
  const { relevance, channels } = applySteps(own, steps, inner.values);
  const { name, grid } = inner.layer;
  const { rows, columns } = grid;
  return {
    ...facts,
    relevance: resized(relevance, grid, layout),
    channels,
    inner: { ...own, layer: name, rows, columns },
  };
}

function check({ id, input, given, target, weights }: ExplainRequest, network: Network): void {
  checkInputs(network, input, given, id);
  const classes = `a class of 0..${network.classes - 1}`;
  if (!weights && !(Number.isInteger(target) && target >= 0 && target < network.classes)) {
    throw mismatch({ what: 'target', where: id, expected: classes, got: String(target) });
  }
}
