import type { InstalledEngine } from './engine.js';
import { onnxruntime } from './onnxruntime.js';
import { tfjs } from './tfjs.js';
import { wasm } from './wasm.js';

/** Engines by the names that configs and `--engine` give them. What they run on is loaded with their first graph. */
export const ENGINES = { onnxruntime, wasm, tfjs } satisfies Record<string, InstalledEngine>;

export type EngineName = keyof typeof ENGINES;

export const ENGINE_NAMES = Object.keys(ENGINES) as [EngineName, ...EngineName[]];

export const DEFAULT_ENGINE: EngineName = 'onnxruntime';
