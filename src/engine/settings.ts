import type { InferenceSession } from 'onnxruntime-common';

/** Constants of fewer bytes stay in a model whose other ones are in a file. */
export const SMALL_IN_FILE = 2 ** 14;

/** How a session is opened. */
export interface SessionSettings {
  readonly provider: 'cpu' | 'wasm';
  readonly keepMemory: boolean;
  /** Whether large weights are inputs. */
  readonly fed: boolean;
  /** Whether the model is as {@link settingsOf} sessions leave it, and to be run as it is. */
  readonly optimised?: boolean;
}

/**
 * One thread a session keeps the order of floating-point operations, so that the numbers do not depend on the machine's core
 * count.
 */
export function settingsOf({ provider, keepMemory, fed, optimised = false }: SessionSettings) {
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
      // What is made twice of weights that are fed is so large that it should not be kept in between.
      ...(fed && { optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' } }),
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
