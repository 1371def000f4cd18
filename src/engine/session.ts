import type * as ort from 'onnxruntime-common';
import type { Graph } from '../graph/graph.js';
import { runnable } from '../graph/passes/runnable.js';
import type { Tensor } from '../graph/tensor.js';
import { keepConstants } from './constants.js';
import type { LoadOptions, Session } from './engine.js';
import { feedLargeWeights } from './fed-weights.js';
import { free } from './free.js';
import { optimisedModel } from './optimised.js';
import { settingsOf, withExtra } from './settings.js';

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

/** Opens a session with one thread. */
export async function openSession(
  { runtime, provider, writesInto, mapsFiles }: Build,
  graph: Graph,
  { keepMemory = true, folder }: LoadOptions,
): Promise<Session> {
  const { graph: run, fed } = feedLargeWeights(runnable(graph));
  const settings = { provider, keepMemory, fed: Object.keys(fed).length > 0 };
  // Read again, what is made of weights that are fed would be made of all of them at once: VGG-16 takes half a gigabyte more.
  const shares = mapsFiles && !settings.fed;
  const optimised = shares && folder ? await optimisedModel(run, folder) : undefined;
  const { model, options, release } = optimised ?? keepConstants(run, mapsFiles);
  const session = await runtime.InferenceSession.create(model, {
    ...withExtra(settingsOf({ ...settings, optimised: optimised !== undefined }), options.extra?.session),
    ...(options.externalData && { externalData: options.externalData }),
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
