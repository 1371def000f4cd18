import { DEFAULT_ENGINE, ENGINES } from '../engine/engines.js';
import { sharingSessions } from '../engine/sharing.js';
import { createInnerExplainer } from '../explain/inner/relevance.js';
import { resolveMethod } from '../explain/methods.js';
import type { Start } from '../explain/request.js';
import { bestOf, boxOf, type ExplainerOptions, logitsOf, type Question } from './explain.js';
import type { Classifier } from './network.js';

/** The relevance of what a layer computes. */
export interface LayerExplanation {
  readonly method: string;
  readonly target: number;
  readonly start: Start;
  /** The network's output before any softmax, one a class. */
  readonly logits: Float32Array;
  readonly layer: string;
  /** Of the layer's output and its relevance, without the batch. */
  readonly shape: readonly number[];
  readonly relevance: Float32Array;
}

/** Methods at one inner layer of a network, for any number of images. Holds native memory until it is released. */
export interface LayerExplainer {
  /** One explanation a method, in the order of the methods. */
  explain(input: Float32Array, question?: Question): Promise<LayerExplanation[]>;
  release(): Promise<void>;
}

/**
 * Prepares methods that give the relevance (or the gradient) of what an inner layer computes, in its own shape: of a late
 * map, an embedding, a vector of features.
 *
 * @param at name of the layer, as `heatproof inspect` prints it
 * @throws InputError for a layer that the network lacks, and for methods that are no backward pass without pooling
 */
export async function createLayerExplainer(
  network: Classifier,
  methods: readonly string[],
  at: string,
  { engine: name = DEFAULT_ENGINE, ...options }: ExplainerOptions = {},
): Promise<LayerExplainer> {
  const engine = sharingSessions(ENGINES[name]);
  const explainer = await createInnerExplainer(engine, network, methods, at, {
    ...boxOf(network),
    ...options,
  });
  const forward = await engine.load(network.graph);
  const { name: layer, shape } = explainer.layer;
  return {
    async explain(input, { target: asked, id = 'input', given } = {}) {
      const logits = await logitsOf(forward, network, input, given);
      const target = asked ?? bestOf(logits);
      const found = await explainer.explain([{ id, input, target, ...(given && { given }) }]);
      return methods.map((method, m) => ({
        method,
        target,
        start: resolveMethod(method, options.composites).startOf(options.start),
        logits,
        layer,
        shape,
        relevance: found[m]?.[0] as Float32Array,
      }));
    },
    async release() {
      await explainer.release();
      await forward.release();
    },
  };
}
