import type * as ort from 'onnxruntime-common';
import type { Graph } from '../graph/graph.js';
import { runnable } from '../graph/passes/runnable.js';
import type { Tensor } from '../graph/tensor.js';
import { keepConstants } from './constants.js';
import type { LoadOptions, Session } from './engine.js';
import { feedLargeWeights } from './fed-weights.js';
import { free } from './free.js';

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

/**
 * Opens a session with one thread. That keeps the order of floating-point operations, so the numbers do not depend on the
 * machine's core count.
 */
export async function openSession(
  { runtime, provider, writesInto, mapsFiles }: Build,
  graph: Graph,
  { keepMemory = true }: LoadOptions,
): Promise<Session> {
  const { graph: run, fed } = feedLargeWeights(runnable(graph));
  const { model, options, release } = keepConstants(run, mapsFiles);
  const session = await runtime.InferenceSession.create(model, {
    ...options,
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: keepMemory,
    // Without a plan of buffers for every batch size, activations take half the memory, at the same speed.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Packed copies of dense weights would double their memory and gain nothing at small batches.
    extra: {
      session: { disable_prepacking: '1', ...options.extra?.session },
      // What is made twice of weights that are fed is so large that it should not be kept in between.
      ...(Object.keys(fed).length > 0 && {
        optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' },
      }),
    },
  }).finally(release);
  const toOrt = ({ type, data, dims }: Tensor) => new runtime.Tensor(type, data, dims);
  const allToOrt = (tensors: Readonly<Record<string, Tensor>>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toOrt(tensor)]));
  const weights = allToOrt(fed);
  return {
    async run(feeds, into = {}) {
      const given = writesInto ? into : {};
      const outputs = session.outputNames.map((name) => [name, given[name] ? toOrt(given[name]) : null]);
      const results = await session.run({ ...allToOrt(feeds), ...weights }, Object.fromEntries(outputs));
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
