import type { InferenceSession } from 'onnxruntime-common';

/** Constants of fewer bytes stay in a model whose other ones are in a file. */
export const SMALL_IN_FILE = 2 ** 14;

/** How the session of a model differs from that of others. */
export interface ModelSettings {
  /** The folder of the files from which constants are mapped. */
  readonly folder?: string;
  /** Whether the model is as {@link settingsOf} sessions leave it, and to be run as it is. */
  readonly optimised?: boolean;
  /** Optimisations that it is better without. */
  readonly without?: readonly ('ConstantFolding' | 'CommonSubexpressionElimination')[];
}

/** How a session is opened. */
export interface SessionSettings extends ModelSettings {
  readonly provider: 'cpu' | 'wasm';
  readonly keepMemory: boolean;
}

/**
 * One thread a session keeps the order of floating-point operations, so that the numbers do not depend on the machine's core
 * count.
 */
export function settingsOf({ provider, keepMemory, folder, optimised, without }: SessionSettings) {
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
      session: {
        // Packed copies of dense weights would double their memory and gain nothing at small batches.
        disable_prepacking: '1',
        ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
      },
      ...(without && { optimization: { disable_specified_optimizers: without.join(';') } }),
    },
  } as const satisfies InferenceSession.SessionOptions;
}
