import type { InferenceSession } from 'onnxruntime-common';

/** Constants of fewer bytes stay in a model whose other ones are in a file. */
export const SMALL_IN_FILE = 2 ** 14;

/**
 * What is made of large weights is made anew at every run, and where it is made twice it is not kept in between: it takes as much memory
 * as they do.
 */
const NOT_KEPT = {
  fed: 'CommonSubexpressionElimination',
  mapped: 'ConstantFolding;CommonSubexpressionElimination',
};

/** How a session is opened. */
export interface SessionSettings {
  readonly provider: 'cpu' | 'wasm';
  readonly keepMemory: boolean;
  /** What large weights are to the session, where there are some. */
  readonly largeWeights?: keyof typeof NOT_KEPT | undefined;
  /** Whether the model is as {@link settingsOf} sessions leave it, and to be run as it is. */
  readonly optimised?: boolean;
}

/**
 * One thread a session keeps the order of floating-point operations, so that the numbers do not depend on the machine's core
 * count.
 */
export function settingsOf({ provider, keepMemory, largeWeights, optimised = false }: SessionSettings) {
  return {
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: optimised ? 'disabled' : 'all',
    enableCpuMemArena: keepMemory,
    // Without a plan of buffers for every batch size, activations take half the memory, at the same speed.
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: {
      // Packed copies of dense weights would double their memory and gain nothing at small batches.
      session: { disable_prepacking: '1' },
      ...(largeWeights && { optimization: { disable_specified_optimizers: NOT_KEPT[largeWeights] } }),
    },
  } as const satisfies InferenceSession.SessionOptions;
}

/** Settings with what else the session is told. */
export function withExtra(
  settings: InferenceSession.SessionOptions & { extra: { session: object } },
  session: Readonly<Record<string, string>> = {},
): InferenceSession.SessionOptions {
  return { ...settings, extra: { ...settings.extra, session: { ...settings.extra.session, ...session } } };
}
