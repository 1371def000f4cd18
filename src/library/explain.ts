import { join } from 'node:path';
import { channelRange } from '../datasets/preprocessing.js';
import type { Session } from '../engine/engine.js';
import { DEFAULT_ENGINE, ENGINES, type EngineName } from '../engine/engines.js';
import { sharingSessions } from '../engine/sharing.js';
import { mismatch } from '../errors.js';
import type { Conservation } from '../explain/conservation.js';
import { checkConservation } from '../explain/conservation-check.js';
import { createExplainers, type Explained, type InnerRelevance } from '../explain/explainer.js';
import { exportExplanation as toOnnx } from '../explain/export.js';
import { toHeatmap } from '../explain/heatmap.js';
import { checkInputs } from '../explain/inputs.js';
import type { Method } from '../explain/methods.js';
import type { ExplainOptions, ExplainRequest, Given, Start } from '../explain/request.js';
import { refuseUnmatched } from '../explain/unmatched.js';
import { logitsName } from '../graph/graph.js';
import { floatTensor } from '../graph/tensor.js';
import type { Document } from '../input/document.js';
import type { Heatmap } from '../input/heatmap.js';
import type { Classifier } from './network.js';

/** What may differ from image to image. */
export interface Question {
  /** Class index to explain; default: the class with the highest logit. */
  target?: number;
  /** Names the image: key of random numbers, and of the files of `file:` methods. Default `input`. */
  id?: string;
  /** What the network's other inputs are given, by their names: see {@link embedWords}. */
  given?: Given;
  /** Of a text, what stands where: its words are what occlusion hides and coalitions are made of. See {@link readDocument}. */
  document?: Document;
}

/** {@link ExplainOptions}, and what computes. */
export interface ExplainerOptions extends ExplainOptions {
  /** Default `onnxruntime`. */
  readonly engine?: EngineName;
}

/** How one method explains one class of one image. */
export interface Explanation {
  readonly method: string;
  /** Index of the explained class. */
  readonly target: number;
  /** What relevance started with at the target: its logit, or 1; derivatives start with 1. */
  readonly start: Start;
  /** The network's output before any softmax, one a class. */
  readonly logits: Float32Array;
  /** Signed relevance in the shape of the input, [channels, height, width]; one channel where the method pools them. */
  readonly relevance: Float32Array;
  readonly channels: number;
  /** The relevance summed over channels: one number a place, `rows` x `columns` row by row; a signal has one row. */
  readonly heatmap: Heatmap;
  /** What the relevance should sum to, where it should: the logit at the input minus that at a baseline. */
  readonly expected?: number;
  /** Forward passes of other inputs that it took, of methods that see a network from outside. */
  readonly passes?: number;
  /** How many of these computed only what differs from an input before. */
  readonly incrementalPasses?: number;
  /** Of methods that are computed at an inner layer: the numbers there, before ReLU, pooling and stretching over the input. */
  readonly inner?: InnerRelevance;
}

/** Several methods on one network, for any number of images. Holds native memory until it is released. */
export interface Explainer {
  /** One explanation a method, in the order of the methods; they share forward passes. */
  explain(input: Float32Array, question?: Question): Promise<Explanation[]>;
  /** The network's output before any softmax, one a class. */
  classify(input: Float32Array, given?: Given): Promise<Float32Array>;
  /** What happens to relevance at every layer, by method; methods that distribute none (gradients, baselines) have none. */
  checkConservation(input: Float32Array, question?: Question): Promise<Map<string, Conservation>>;
  release(): Promise<void>;
}

/**
 * Explains one input by one method; see `heatproof methods` or {@link listMethods} for the ids.
 *
 * @param input the network input, as many numbers as `network.inputShape` says; see {@link prepareImage}
 * @throws InputError for an unknown method (with a suggestion), one that the network does not allow, an input of
 *   another size, or a target that is no class
 */
export async function explain(
  network: Classifier,
  input: Float32Array,
  { method, target, id, given, document, ...options }: ExplainerOptions & Question & { method: string },
): Promise<Explanation> {
  const explainer = await createExplainer(network, [method], options);
  try {
    const question = {
      ...(target !== undefined && { target }),
      ...(id !== undefined && { id }),
      ...(given && { given }),
      ...(document && { document }),
    };
    return (await explainer.explain(input, question))[0] as Explanation;
  } finally {
    await explainer.release();
  }
}

/**
 * Prepares methods for many images: networks are compiled and loaded once. The range that the zB rule needs comes from
 * the network's preprocessing unless `low` and `high` give it.
 *
 * @throws InputError for an unknown method, one that the network does not allow, or a line of a composite that fits no layer
 */
export async function createExplainer(
  network: Classifier,
  methods: readonly string[],
  { engine: name = DEFAULT_ENGINE, ...options }: ExplainerOptions = {},
): Promise<Explainer> {
  const engine = sharingSessions(ENGINES[name]);
  const settings = { ...boxOf(network), ...options };
  refuseUnmatched(methods, settings.composites, [network]);
  const explainers = await createExplainers(engine, network, methods, settings);
  const forward = await engine.load(network.graph);
  const classify = (input: Float32Array, given?: Given) => logitsOf(forward, network, input, given);
  const requestOf = async (input: Float32Array, { target, id = 'input', given, document }: Question) => ({
    id,
    input,
    ...(given && { given }),
    ...(document && { document }),
    target: target ?? bestOf(await classify(input, given)),
  });
  return {
    async explain(input, question = {}) {
      const request = await requestOf(input, question);
      const explained = (await explainers.explain([request])).flat();
      return explainers.methods.map((method, i) => ({
        method: method.id,
        target: request.target,
        start: method.startOf(settings.start),
        ...relevanceOf(network, method, explained[i] ?? noHeatmap(method, request)),
      }));
    },
    classify,
    async checkConservation(input, question = {}) {
      const requests = [await requestOf(input, question)];
      const found = await checkConservation(engine, network, methods, settings, requests);
      return new Map([...found].map(([id, [balance]]) => [id, balance as Conservation]));
    },
    async release() {
      await explainers.release();
      await forward.release();
    },
  };
}

/**
 * A method on a network as the bytes of a standard ONNX model, which plain onnxruntime runs in any language: inputs
 * `input` (float32, [batch, ...]) and `target` (int64, [batch]), outputs `logits` and `relevance` (shape of the input).
 *
 * @throws InputError for a method that is not one graph (SmoothGrad, baselines, poolings...), or a model over 2 GB
 */
export function exportExplanation(
  network: Classifier,
  method: string,
  options: Pick<ExplainOptions, 'start' | 'low' | 'high' | 'composites'> = {},
): Uint8Array {
  refuseUnmatched([method], options.composites, [network]);
  return toOnnx(network, method, { ...boxOf(network), ...options });
}

/** The range of the network's input and what its channels show, where preprocessing says it. */
export function boxOf({ preprocessing }: Classifier): Pick<ExplainOptions, 'low' | 'high' | 'channels'> {
  if (!preprocessing) return {};
  const { low, high } = channelRange(preprocessing);
  return { low, high, channels: preprocessing.channels };
}

function relevanceOf(
  { layout }: Classifier,
  { signed }: Method,
  { logits, ...explained }: Explained,
): Omit<Explanation, 'method' | 'target' | 'start'> {
  return { logits, ...explained, heatmap: toHeatmap(explained, layout, signed) };
}

/** @throws InputError that says which file is missing */
function noHeatmap({ id, folder = '' }: Method, request: ExplainRequest): never {
  throw mismatch({
    what: 'heatmap',
    where: id,
    expected: join(folder, `${request.id}.npy`),
    got: 'no such file',
  });
}

/** The logits of one input. @throws InputError when it is of another size, or what is given with it is missing */
export async function logitsOf(
  forward: Session,
  { graph, name }: Classifier,
  input: Float32Array,
  given?: Given,
): Promise<Float32Array> {
  checkInputs({ graph }, input, given, `network ${name}`);
  const feeds = graph.inputs.map(({ name, shape }, i) => {
    const numbers = i === 0 ? input : (given?.[name] as Float32Array);
    return [name, floatTensor([1, ...shape.slice(1)], numbers)] as const;
  });
  const outputs = await forward.run(Object.fromEntries(feeds));
  return outputs[logitsName(graph)]?.data as Float32Array;
}

/** Index of the highest logit; the first one of equals. */
export function bestOf(logits: Float32Array): number {
  return logits.indexOf(logits.reduce((most, logit) => Math.max(most, logit)));
}
