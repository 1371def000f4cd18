import type * as ort from 'onnxruntime-common';
import type { Graph } from '../graph/graph.js';
import { runnable } from '../graph/passes/runnable.js';
import type { Tensor } from '../graph/tensor.js';
import { keepConstants, type Model } from './constants.js';
import type { LoadOptions, Session, Threads } from './engine.js';
import { free } from './free.js';
import { fedModel, type LargeWeights, withoutLargeWeights } from './large-weights.js';
import { mappedModel } from './mapped-weights.js';
import { optimisedModel } from './optimised.js';
import { settingsOf } from './settings.js';

/** What every build of onnxruntime exports. */
export type Runtime = Pick<typeof ort, 'InferenceSession' | 'Tensor'>;

/** How builds of onnxruntime differ. */
export interface Build {
  readonly runtime: Runtime;
  readonly provider: 'cpu' | 'wasm';
  /** Whether outputs are written into tensors that the caller has made; otherwise they are copied there. */
  readonly writesInto: boolean;
  /** Whether it maps files into memory. */
  readonly mapsFiles: boolean;
}

/** Threads from which on large weights are mapped: with two, VGG-16 took as much memory (3696 MB) as with a copy each (3757 MB). */
const WORTHWHILE_THREADS = 4;

/** Opens a session with one thread. */
export async function openSession(
  { runtime, provider, writesInto, mapsFiles }: Build,
  graph: Graph,
  { keepMemory = true, threads }: LoadOptions,
): Promise<Session> {
  const { graph: run, weights } = withoutLargeWeights(runnable(graph));
  const shared = mapsFiles && threads ? await sharedModel(run, weights, threads) : undefined;
  const model = shared ?? fedModel(keepConstants(run, mapsFiles), weights);
  const { bytes, settings, externalData, release } = model;
  const session = await runtime.InferenceSession.create(bytes, {
    ...settingsOf({ provider, keepMemory, ...settings }),
    ...(externalData && { externalData }),
  }).finally(release);
  const toOrt = ({ type, data, dims }: Tensor) => new runtime.Tensor(type, data, dims);
  const allToOrt = (tensors: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toOrt(tensor)]));
  const fed = allToOrt(model.feeds ?? {});
  return {
    async run(feeds, into = {}) {
      const given = writesInto ? into : {};
      const outputs = session.outputNames.map((name) => [name, given[name] ? toOrt(given[name]) : null]);
      const results = await session.run({ ...allToOrt(feeds), ...fed }, Object.fromEntries(outputs));
      return Object.fromEntries(
        Object.entries(results).map(([name, value]) => {
          const target = into[name];
          if (!target) return [name, fromOrt(value)];
          return [name, writesInto ? withoutCopy(target, value) : copied(target, value)];
        }),
      );
    },
    release: () => session.release(),
  };
}

/**
 * A model whose weights threads share. One that is made ready would, read again, make all at once what is made of large weights:
 * VGG-16 takes half a gigabyte more.
 */
async function sharedModel(
  graph: Graph,
  weights: LargeWeights,
  { count, folder }: Threads,
): Promise<Model | undefined> {
  if (weights.size === 0) return optimisedModel(graph, folder);
  return count < WORTHWHILE_THREADS ? undefined : mappedModel(graph, weights, folder);
}

function fromOrt({ type, data, dims }: ort.Tensor): Tensor {
  return { type, data, dims } as Tensor;
}

function copied(target: Tensor, { data }: ort.Tensor): Tensor {
  (target.data as Float32Array).set(data as Float32Array);
  return target;
}

/** Frees the copy that onnxruntime-node makes even of an output that was written where it was wanted. */
function withoutCopy(given: Tensor, { data }: ort.Tensor): Tensor {
  const { buffer } = data as Float32Array<ArrayBuffer>;
  if (buffer !== given.data.buffer) free([buffer]);
  return given;
}
