import { createRequire } from 'node:module';
import { MessageChannel } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import type { Graph } from '../graph/graph.js';
import { runnable } from '../graph/passes/runnable.js';
import type { Tensor } from '../graph/tensor.js';
import { toOnnxParts } from '../onnx/encode.js';
import type { Engine, LoadOptions, Session } from './engine.js';
import { feedLargeWeights } from './fed-weights.js';

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

/**
 * onnxruntime on the CPU, one thread a session: parallelism is worker threads (run() blocks its thread anyway), which
 * scales linearly and keeps the order of floating-point operations, so the numbers do not depend on the machine's
 * core count.
 */
export const onnxruntime: Engine = {
  name: `onnxruntime-node ${version}`,
  async load(graph: Graph, { keepMemory = true }: LoadOptions = {}): Promise<Session> {
    const { graph: run, fed } = feedLargeWeights(runnable(graph));
    const { model, externalData } = toOnnxParts(run);
    const session = await ort.InferenceSession.create(model, {
      externalData,
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      enableCpuMemArena: keepMemory,
      // Without a plan of buffers for every batch size, activations take half the memory, at the same speed.
      enableMemPattern: false,
      logSeverityLevel: 3,
      // Packed copies of dense weights would double their memory and gain nothing at small batches.
      extra: { session: { disable_prepacking: '1' } },
    });
    const weights = allToOrt(fed);
    return {
      async run(feeds, into = {}) {
        const outputs = session.outputNames.map((name) => [name, into[name] ? toOrt(into[name]) : null]);
        const results = await session.run({ ...allToOrt(feeds), ...weights }, Object.fromEntries(outputs));
        return Object.fromEntries(
          Object.entries(results).map(([name, value]) => {
            const given = into[name];
            return [name, given ? withoutCopy(given, value) : fromOrt(value)];
          }),
        );
      },
      release: () => session.release(),
    };
  },
};

function toOrt({ type, data, dims }: Tensor): ort.Tensor {
  return new ort.Tensor(type, data, dims);
}

function allToOrt(tensors: Readonly<Record<string, Tensor>>): Record<string, ort.Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toOrt(tensor)]));
}

function fromOrt({ type, data, dims }: ort.Tensor): Tensor {
  return { type, data, dims } as Tensor;
}

/** Takes messages that nobody receives. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Frees the copy that onnxruntime-node makes even of an output that was written where it was wanted. Left to the garbage
 * collector, such copies make it run every 15 MB, mostly on threads of its own, which take a tenth of a core from the
 * workers.
 */
function withoutCopy(given: Tensor, { data }: ort.Tensor): Tensor {
  const { buffer } = data as Float32Array<ArrayBuffer>;
  if (buffer !== given.data.buffer) nowhere.postMessage(null, [buffer]);
  return given;
}
